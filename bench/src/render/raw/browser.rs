//! A browser of the raw loops, and its protocol over a pipe: no more than they need.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;

use crate::render::order::{Flags, Order, Page};

/// Puts the pipe where Chromium looks for it: 3 to read, 4 to write.
const PIPED: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null";

/// A running browser. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Browser {
    _child: Child,
    writer: tokio::sync::Mutex<ChildStdin>,
    last: AtomicU64,
    heard: Arc<Heard>,
    _reading: JoinSet<()>,
}

/// A target that we are attached to.
#[derive(Debug)]
pub(super) struct Session {
    /// Its id.
    pub(super) id: String,
    /// What happens in it.
    pub(super) events: mpsc::UnboundedReceiver<Event>,
}

/// What happened in a target.
#[derive(Debug)]
pub(super) struct Event {
    /// Its name.
    pub(super) method: String,
    /// More of it.
    pub(super) params: Value,
}

#[derive(Debug, Default)]
struct Heard {
    answers: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    sessions: Mutex<HashMap<String, mpsc::UnboundedSender<Event>>>,
    attached: Mutex<HashMap<String, Session>>,
    more: Notify,
}

impl Browser {
    /// Starts it.
    pub(super) async fn launch(order: &Order, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut command = Command::new("sh");
        command.args(["-c", PIPED, "sh"]).arg(&order.chromium).args(flags(order));
        command.arg("--remote-debugging-pipe").arg(format!("--user-data-dir={}", folder.display()));
        command.env_clear().env("HOME", folder).env("TMPDIR", folder).env("LANG", "C.UTF-8").current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().context("starting the browser")?;
        let writer = child.stdin.take().context("no pipe")?.into();
        let reader = BufReader::with_capacity(1 << 20, child.stdout.take().context("no pipe")?);
        let heard = Arc::new(Heard::default());
        let mut reading = JoinSet::new();
        reading.spawn(read(reader, Arc::clone(&heard)));
        let browser = Self { _child: child, writer, last: AtomicU64::new(0), heard, _reading: reading };
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        browser.call("Target.setAutoAttach", attach).await?;
        Ok(browser)
    }

    /// Tells the browser something, and hears its answer.
    pub(super) async fn call(&self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.send(None, method, params).await?.answer().await
    }

    /// Tells it, or a target of it, something that is answered some time.
    pub(super) async fn send(&self, session: Option<&str>, method: &str, params: Value) -> anyhow::Result<Told> {
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let (Some(session), Some(fields)) = (session, message.as_object_mut()) {
            fields.insert("sessionId".to_owned(), session.into());
        }
        let (answered, answer) = oneshot::channel();
        locked(&self.heard.answers).insert(id, answered);
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.writer.lock().await.write_all(&bytes).await.context("the browser is gone")?;
        Ok(Told { method: method.to_owned(), answer })
    }

    /// Waits until we are attached to this target.
    pub(super) async fn attached(&self, target: &str) -> Session {
        loop {
            let more = self.heard.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            if let Some(session) = locked(&self.heard.attached).remove(target) {
                return session;
            }
            more.await;
        }
    }

    /// Forgets a target that is gone.
    pub(super) fn forget(&self, session: &str) {
        locked(&self.heard.sessions).remove(session);
    }
}

/// What Tintype's browsers are told for speed alone.
pub(crate) const FAST: [&str; 2] = ["--in-process-gpu", "--enable-features=NetworkServiceInProcess2"];

/// What it is told. Documents that are given are of no address, and may reach sites on this machine all the same.
fn flags(order: &Order) -> Vec<String> {
    const FEATURES: &str = "--disable-features=";
    let given = order.manner.page == Page::Given;
    let allow = |flag: &String| match flag.strip_prefix(FEATURES) {
        Some(features) if given => format!("{FEATURES}LocalNetworkAccessChecks,{features}"),
        Some(_) | None => flag.clone(),
    };
    let told = |flag: &&String| order.manner.flags == Flags::Fast || !FAST.contains(&flag.as_str());
    order.flags.iter().filter(told).map(allow).collect()
}

/// Something that the browser was told.
#[derive(Debug)]
pub(super) struct Told {
    method: String,
    answer: oneshot::Receiver<Value>,
}

impl Told {
    /// What it answers.
    pub(super) async fn answer(self) -> anyhow::Result<Value> {
        let mut message = self.answer.await.with_context(|| format!("{}: the browser is gone", self.method))?;
        if let Some(error) = message.get("error") {
            bail!("{}: {error}", self.method);
        }
        Ok(message.get_mut("result").map(Value::take).unwrap_or_default())
    }
}

/// Hears everything that the browser says, to its end.
async fn read(mut reader: BufReader<ChildStdout>, heard: Arc<Heard>) {
    let mut message = Vec::new();
    while matches!(reader.read_until(0, &mut message).await, Ok(length) if length > 0) {
        if let Ok(parsed) = serde_json::from_slice(message.trim_ascii_end().strip_suffix(&[0]).unwrap_or(&message)) {
            heard.hear(parsed);
        }
        message.clear();
    }
    locked(&heard.answers).clear();
    locked(&heard.sessions).clear();
}

impl Heard {
    fn hear(&self, mut message: Value) {
        if let Some(id) = message.get("id").and_then(Value::as_u64) {
            if let Some(waiting) = locked(&self.answers).remove(&id) {
                // Who waits no longer is gone.
                let _ = waiting.send(message);
            }
            return;
        }
        let text = |message: &Value, name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
        let method = text(&message, "method").unwrap_or_default();
        let session = text(&message, "sessionId");
        let params = message.get_mut("params").map(Value::take).unwrap_or_default();
        match session {
            Some(session) => {
                if let Some(events) = locked(&self.sessions).get(&session) {
                    let _ = events.send(Event { method, params });
                }
            }
            None if method == "Target.attachedToTarget" => self.attach(&params),
            None => {}
        }
    }

    fn attach(&self, params: &Value) {
        let at = |pointer: &str| params.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, target) = (at("/sessionId"), at("/targetInfo/targetId"));
        let (sender, events) = mpsc::unbounded_channel();
        locked(&self.sessions).insert(id.clone(), sender);
        locked(&self.attached).insert(target, Session { id, events });
        self.more.notify_waiters();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
