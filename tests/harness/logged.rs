//! A process of the service whose log is read as JSON.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;
use crate::process::binary;
use crate::service::{SECRET_KEY, Service};

/// A process of the service whose log is read as JSON. Dropping it kills it.
pub struct LoggedProcess {
    child: Child,
    lines: watch::Receiver<Vec<Value>>,
}

impl LoggedProcess {
    /// Starts a program on the database of a service, with more environment variables.
    pub fn start(service: &Service, program: &str, env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary(program));
        command.env("DATABASE_URL", &service.database_url).env("TINTYPE_SECRET_KEY", SECRET_KEY);
        command.env("TINTYPE_EGRESS_ALLOW", service.site.allowed()).env("TINTYPE_LISTEN", "127.0.0.1:0");
        command.env("TINTYPE_SLOTS", "1").env("TINTYPE_GRACE", "1").env("TINTYPE_LOG_FORMAT", "json");
        command.envs(env.iter().copied()).kill_on_drop(true);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the process starts");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let (written, lines) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                written.send_modify(|lines: &mut Vec<Value>| lines.push(line));
            }
        });
        Self { child, lines }
    }

    /// Waits for a line, and returns it.
    pub async fn line(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut lines = self.lines.clone();
        let found = lines.wait_for(|lines| lines.iter().any(&is_it));
        let lines = timeout(TEST_TIMEOUT, found).await.expect("the line is logged in time").expect("a running process");
        lines.iter().find(|line| is_it(line)).cloned().expect("found before")
    }

    /// Waits for a line whose message contains this text.
    pub async fn message(&self, text: &str) -> Value {
        self.line(|line| line["message"].as_str().is_some_and(|message| message.contains(text))).await
    }

    /// Returns all lines so far.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.borrow().clone()
    }

    /// Waits until an API listens, and returns its URL.
    pub async fn url(&self) -> String {
        let line = self.message("listening on http://").await;
        let (_, host) = line["message"].as_str().expect("text").split_once("http://").expect("a URL");
        format!("http://{host}")
    }

    /// Returns its process id.
    pub fn id(&self) -> i32 {
        self.child.id().and_then(|id| i32::try_from(id).ok()).expect("a running process has an id")
    }

    /// Sends SIGTERM, and waits until it has exited successfully.
    pub async fn stop(&mut self) {
        kill(Pid::from_raw(self.id()), Signal::SIGTERM).expect("the process exists");
        let exit = timeout(TEST_TIMEOUT, self.child.wait()).await.expect("it exits in time");
        assert!(exit.expect("an exit").success());
    }
}
