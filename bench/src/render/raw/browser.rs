//! A browser for the raw loops, with a minimal `DevTools` client over a pipe.

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

use crate::render::config::{DriverConfig, Flags, Page};

/// Puts the pipe where Chromium expects it: 3 to read, 4 to write.
const REDIRECT_PIPE: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null";

/// A running browser. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Browser {
    _child: Child,
    writer: tokio::sync::Mutex<ChildStdin>,
    next_id: AtomicU64,
    dispatcher: Arc<Dispatcher>,
    _reader_task: JoinSet<()>,
}

/// A target that is attached.
#[derive(Debug)]
pub(super) struct Session {
    /// Its id.
    pub(super) id: String,
    /// Its events.
    pub(super) events: mpsc::UnboundedReceiver<Event>,
}

/// An event of a target.
#[derive(Debug)]
pub(super) struct Event {
    /// Its name.
    pub(super) method: String,
    /// Its parameters.
    pub(super) params: Value,
}

#[derive(Debug, Default)]
struct Dispatcher {
    responses: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    sessions: Mutex<HashMap<String, mpsc::UnboundedSender<Event>>>,
    attached: Mutex<HashMap<String, Session>>,
    target_attached: Notify,
}

impl Browser {
    /// Starts it.
    pub(super) async fn launch(config: &DriverConfig, dir: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let mut command = Command::new("sh");
        command.args(["-c", REDIRECT_PIPE, "sh"]).arg(&config.chromium).args(flags(config));
        command.arg("--remote-debugging-pipe").arg(format!("--user-data-dir={}", dir.display()));
        command.env_clear().env("HOME", dir).env("TMPDIR", dir).env("LANG", "C.UTF-8").current_dir(dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().context("starting the browser")?;
        let writer = child.stdin.take().context("no pipe")?.into();
        let reader = BufReader::with_capacity(1 << 20, child.stdout.take().context("no pipe")?);
        let dispatcher = Arc::new(Dispatcher::default());
        let mut reader_task = JoinSet::new();
        reader_task.spawn(read_messages(reader, Arc::clone(&dispatcher)));
        let browser = Self { _child: child, writer, next_id: AtomicU64::new(0), dispatcher, _reader_task: reader_task };
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        browser.call("Target.setAutoAttach", attach).await?;
        Ok(browser)
    }

    /// Sends a command to the browser and waits for the response.
    pub(super) async fn call(&self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.send(None, method, params).await?.reply().await
    }

    /// Sends a command to the browser or to a target, without waiting.
    pub(super) async fn send(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> anyhow::Result<PendingReply> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let (Some(session), Some(fields)) = (session, message.as_object_mut()) {
            fields.insert("sessionId".to_owned(), session.into());
        }
        let (sender, response) = oneshot::channel();
        locked(&self.dispatcher.responses).insert(id, sender);
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.writer.lock().await.write_all(&bytes).await.context("the browser exited")?;
        Ok(PendingReply { method: method.to_owned(), response })
    }

    /// Waits until this target is attached.
    pub(super) async fn attached(&self, target: &str) -> Session {
        loop {
            let target_attached = self.dispatcher.target_attached.notified();
            tokio::pin!(target_attached);
            target_attached.as_mut().enable();
            if let Some(session) = locked(&self.dispatcher.attached).remove(target) {
                return session;
            }
            target_attached.await;
        }
    }

    /// Forgets a target that is closed.
    pub(super) fn forget(&self, session: &str) {
        locked(&self.dispatcher.sessions).remove(session);
    }
}

/// The flags of Tintype's browsers that exist for speed only.
pub(crate) const SPEED_FLAGS: [&str; 2] = ["--in-process-gpu", "--enable-features=NetworkServiceInProcess2"];

/// Returns its arguments. Documents sent with a job have no address, but may reach sites on this machine here.
fn flags(config: &DriverConfig) -> Vec<String> {
    const FEATURES: &str = "--disable-features=";
    let supplied = config.raw.page == Page::Supplied;
    let allow = |flag: &String| match flag.strip_prefix(FEATURES) {
        Some(features) if supplied => format!("{FEATURES}LocalNetworkAccessChecks,{features}"),
        Some(_) | None => flag.clone(),
    };
    let enabled = |flag: &&String| config.raw.flags == Flags::Fast || !SPEED_FLAGS.contains(&flag.as_str());
    config.flags.iter().filter(enabled).map(allow).collect()
}

/// A command that was sent.
#[derive(Debug)]
pub(super) struct PendingReply {
    method: String,
    response: oneshot::Receiver<Value>,
}

impl PendingReply {
    /// Waits for its response.
    pub(super) async fn reply(self) -> anyhow::Result<Value> {
        let mut message = self.response.await.with_context(|| format!("{}: the browser exited", self.method))?;
        if let Some(error) = message.get("error") {
            bail!("{}: {error}", self.method);
        }
        Ok(message.get_mut("result").map(Value::take).unwrap_or_default())
    }
}

/// Reads all messages of the browser until it ends.
async fn read_messages(mut reader: BufReader<ChildStdout>, dispatcher: Arc<Dispatcher>) {
    let mut message = Vec::new();
    while matches!(reader.read_until(0, &mut message).await, Ok(length) if length > 0) {
        if let Ok(parsed) = serde_json::from_slice(message.trim_ascii_end().strip_suffix(&[0]).unwrap_or(&message)) {
            dispatcher.dispatch(parsed);
        }
        message.clear();
    }
    locked(&dispatcher.responses).clear();
    locked(&dispatcher.sessions).clear();
}

impl Dispatcher {
    fn dispatch(&self, mut message: Value) {
        if let Some(id) = message.get("id").and_then(Value::as_u64) {
            if let Some(sender) = locked(&self.responses).remove(&id) {
                // The receiver may be gone.
                let _ = sender.send(message);
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
        self.target_attached.notify_waiters();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
