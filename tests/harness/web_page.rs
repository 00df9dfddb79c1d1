//! A page in a headless Chromium, as a person's browser would show it, driven by scripts.

use std::io::pipe;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use command_fds::{CommandFdExt, FdMapping};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// Where browsers are usually installed, in the order of preference.
const BROWSERS: &[&str] = &[
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/headless_shell",
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// A page in a browser of its own, which ends when this is dropped.
pub struct WebPage {
    browser: Child,
    commands: Sender,
    messages: BufReader<Receiver>,
    session: Option<String>,
    last_id: u64,
    _profile: tempfile::TempDir,
}

impl WebPage {
    /// Opens a URL.
    pub async fn open(url: &str) -> Self {
        let profile = tempfile::tempdir().expect("a directory");
        let (reads, commands) = pipe().expect("a pipe");
        let (messages, writes) = pipe().expect("a pipe");
        let browser = start(&profile, reads.into(), writes.into());
        let mut page = Self {
            browser,
            commands: Sender::from_owned_fd(commands.into()).expect("a pipe"),
            messages: BufReader::new(Receiver::from_owned_fd(messages.into()).expect("a pipe")),
            session: None,
            last_id: 0,
            _profile: profile,
        };
        let window = json!({"url": "about:blank", "width": 1280, "height": 2000});
        let created = page.call("Target.createTarget", window).await;
        let target = json!({"targetId": created["targetId"], "flatten": true});
        let attached = page.call("Target.attachToTarget", target).await;
        page.session = attached["sessionId"].as_str().map(str::to_owned);
        page.call("Page.enable", json!({})).await;
        page.load("Page.navigate", json!({"url": url})).await;
        page
    }

    /// Runs the body of an async function in the page, and returns its result.
    pub async fn run(&mut self, body: &str) -> Value {
        let expression = format!("(async () => {{ {body} }})()");
        let options = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut result = self.call("Runtime.evaluate", options).await;
        assert!(result.get("exceptionDetails").is_none(), "{body}: {}", result["exceptionDetails"]);
        result["result"]["value"].take()
    }

    /// Reloads the page.
    pub async fn reload(&mut self) {
        self.load("Page.reload", json!({})).await;
    }

    /// Sends a command that loads a page, and waits until the page has loaded.
    async fn load(&mut self, method: &str, params: Value) {
        self.send(method, params).await;
        self.message(|message, _id| message["method"] == "Page.loadEventFired").await;
    }

    /// Returns what the page shows, as PNG.
    pub async fn screenshot(&mut self) -> Vec<u8> {
        let image = self.call("Page.captureScreenshot", json!({"captureBeyondViewport": true})).await;
        STANDARD.decode(image["data"].as_str().expect("an image")).expect("base64")
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(method, params).await;
        let mut reply = self.message(|message, id| message["id"] == id).await;
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].take()
    }

    async fn send(&mut self, method: &str, params: Value) {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).await.expect("the browser reads");
    }

    /// Returns the next message that is the one looked for, which may depend on the last id.
    async fn message(&mut self, is_wanted: impl Fn(&Value, u64) -> bool) -> Value {
        let read = async {
            loop {
                let mut bytes = Vec::new();
                self.messages.read_until(0, &mut bytes).await.expect("the browser writes");
                assert_eq!(bytes.pop(), Some(0), "the browser ended");
                let message = serde_json::from_slice(&bytes).expect("JSON");
                if is_wanted(&message, self.last_id) {
                    return message;
                }
            }
        };
        timeout(TEST_TIMEOUT, read).await.expect("the browser sends the message in time")
    }
}

impl Drop for WebPage {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

fn start(profile: &tempfile::TempDir, reads: OwnedFd, writes: OwnedFd) -> Child {
    let fds = vec![FdMapping { parent_fd: reads, child_fd: 3 }, FdMapping { parent_fd: writes, child_fd: 4 }];
    let mut command = Command::new(binary());
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.fd_mappings(fds).expect("free descriptors").spawn().expect("the browser starts")
}

fn binary() -> PathBuf {
    let configured = std::env::var_os("TINTYPE_CHROMIUM").map(PathBuf::from);
    let mut candidates = configured.into_iter().chain(BROWSERS.iter().map(PathBuf::from));
    candidates.find(|path| path.is_file()).expect("a browser")
}
