//! The API as a process, at a port that it keeps when it is started again.

use std::net::TcpListener;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::{sleep, timeout};

use crate::TEST_TIMEOUT;
use crate::process::{Process, binary};
use crate::service::SECRET_KEY;

/// A process sends no notification when it listens, so it is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// An API. Dropping it kills it.
pub struct ApiProcess {
    /// Its URL, such as `http://127.0.0.1:40123`.
    pub url: String,
    env: Vec<(String, String)>,
    process: Process,
}

impl ApiProcess {
    /// Starts an API on a free port, with these environment variables, and waits until it listens.
    pub async fn start(env: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listen = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let own = [("TINTYPE_LISTEN", listen.as_str()), ("TINTYPE_SECRET_KEY", SECRET_KEY)];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let env: Vec<_> = own.iter().chain(env).map(owned).collect();
        let api = Self { url: format!("http://{listen}"), process: spawn(&env), env };
        api.wait_until_it_listens().await;
        api
    }

    /// Starts it again after it has exited, at the same port, and waits until it listens.
    pub async fn restart(&mut self) {
        self.process = spawn(&self.env);
        self.wait_until_it_listens().await;
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Returns its process id.
    pub fn id(&self) -> i32 {
        self.process.id()
    }

    /// Waits until it exits, and returns its exit code, `None` if a signal ended it.
    pub async fn wait(&mut self) -> Option<i32> {
        self.process.wait().await
    }

    async fn wait_until_it_listens(&self) {
        let http = reqwest::Client::new();
        let listens = async {
            while http.get(format!("{}/health/live", self.url)).send().await.is_err() {
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(TEST_TIMEOUT, listens).await.expect("the API listens in time");
    }
}

fn spawn(env: &[(String, String)]) -> Process {
    let env: Vec<_> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Process::start(&binary("tintype-api"), &[], &env)
}
