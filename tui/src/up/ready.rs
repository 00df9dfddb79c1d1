//! Readiness: the API accepts the demo key, and a worker is alive.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::overview::fleet;
use domain::{Db, DbError};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::listen;
use super::plan::Plan;
use crate::output::format;

/// How long the start may take: most of it is Chromium's first start on a slow machine.
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// How often readiness is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// How long the API may take to respond.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The service did not become ready in time, although no child exited.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReady {
    /// See its log.
    #[error("tintype-api does not respond; its log is {0}/api.log")]
    Api(PathBuf),
    /// See its log.
    #[error("no tintype-worker has registered; its log is {0}/worker-1.log")]
    Worker(PathBuf),
}

/// Waits until the API is ready, and a worker is alive unless the plan has none.
///
/// Another process may have taken the address since it was checked. Only our API accepts the
/// demo key.
pub(crate) async fn wait(db: &Db, key: &SecretString, plan: &Plan<'_>, logs: &Path) -> Result<(), NotReady> {
    let api = async {
        while !responds(listen::connect_address(plan.listen), key).await {
            sleep(CHECK_INTERVAL).await;
        }
    };
    let start = Instant::now();
    let worker = async {
        while plan.workers > 0 && !any_worker_beat_since(db, start).await.unwrap_or(false) {
            sleep(CHECK_INTERVAL).await;
        }
    };
    timeout(START_TIMEOUT, api).await.map_err(|_| NotReady::Api(logs.to_owned()))?;
    timeout(START_TIMEOUT, worker).await.map_err(|_| NotReady::Worker(logs.to_owned()))
}

/// Whether a worker has sent a beat since then. Being alive is not enough: a worker that was
/// killed just before counts as alive for some seconds.
async fn any_worker_beat_since(db: &Db, since: Instant) -> Result<bool, DbError> {
    let workers = fleet(db).await?.workers;
    let elapsed = since.elapsed();
    Ok(workers.iter().any(|worker| worker.alive && format::seconds(worker.silent_s) < elapsed))
}

/// Whether the server at the address accepts the key in time.
async fn responds(api: SocketAddr, key: &SecretString) -> bool {
    timeout(RESPONSE_TIMEOUT, accepts(api, key)).await.unwrap_or(false)
}

async fn accepts(api: SocketAddr, key: &SecretString) -> bool {
    matches!(status_line(api, key).await, Ok(line) if line.starts_with(b"HTTP/1.") && line.ends_with(b" 200"))
}

/// Sends a minimal HTTP request and returns the first bytes of the response.
async fn status_line(api: SocketAddr, key: &SecretString) -> io::Result<[u8; 12]> {
    let mut stream = TcpStream::connect(api).await?;
    let key = key.expose_secret();
    let request = format!("GET /v1/balance HTTP/1.1\r\nHost: {api}\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut line = [0; 12];
    stream.read_exact(&mut line).await?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::accepts;

    /// Responds to one request like an API that knows only the key `tt_ours`.
    fn respond(listener: &TcpListener) {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4_096];
        let length = stream.read(&mut request).unwrap();
        let is_known = String::from_utf8_lossy(&request[..length]).contains("\r\nX-API-Key: tt_ours\r\n");
        let status = if is_known { "200 OK" } else { "401 Unauthorized" };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
    }

    #[tokio::test]
    async fn an_api_with_another_database_is_not_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = listener.local_addr().unwrap();
        let server = thread::spawn(move || (0..2).for_each(|_| respond(&listener)));

        assert!(!accepts(api, &"tt_theirs".into()).await);
        assert!(accepts(api, &"tt_ours".into()).await);

        server.join().unwrap();
    }
}
