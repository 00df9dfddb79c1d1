//! Readiness: our API answers, and a worker is there.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use domain::overview::overview;
use domain::{Db, DbError};

use super::house::Plan;
use super::listen;
use crate::text;

/// How long it may take: Chromium's first start on a slow machine is the longest part.
const LIMIT: Duration = Duration::from_mins(2);
/// How often to look.
const LOOK: Duration = Duration::from_millis(50);
/// How long the API may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// The service did not come up in time, though nothing died.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unready {
    /// See its log.
    #[error("tintype-api does not answer; its log is {0}/api.log")]
    Api(PathBuf),
    /// See its log.
    #[error("no tintype-worker has registered; its log is {0}/worker-1.log")]
    Worker(PathBuf),
}

/// Waits until the API is ready and a worker, if there is to be one, is alive.
///
/// Another service may have taken the address in the meantime: ours is the one that knows
/// the key.
pub(crate) async fn wait(db: &Db, key: &str, plan: &Plan<'_>, logs: &Path) -> Result<(), Unready> {
    let api = async {
        while !knows(listen::reached_at(plan.listen), key).await {
            sleep(LOOK).await;
        }
    };
    let start = Instant::now();
    let worker = async {
        while plan.workers > 0 && !any_worker_beats(db, start).await.unwrap_or(false) {
            sleep(LOOK).await;
        }
    };
    timeout(LIMIT, api).await.map_err(|_| Unready::Api(logs.to_owned()))?;
    timeout(LIMIT, worker).await.map_err(|_| Unready::Worker(logs.to_owned()))
}

/// Whether a worker has given a sign of life since then. One that was killed a moment
/// before counts as alive for some seconds more.
async fn any_worker_beats(db: &Db, since: Instant) -> Result<bool, DbError> {
    let workers = overview(db).await?.workers;
    let passed = since.elapsed();
    Ok(workers.iter().any(|worker| worker.alive && text::seconds(worker.silent_s) < passed))
}

/// Whether what listens there takes the key, and says so in time.
async fn knows(api: SocketAddr, key: &str) -> bool {
    timeout(ANSWER, takes(api, key)).await.unwrap_or(false)
}

async fn takes(api: SocketAddr, key: &str) -> bool {
    matches!(status(api, key).await, Ok(line) if line.starts_with(b"HTTP/1.") && line.ends_with(b" 200"))
}

/// The first bytes of the answer, in as much HTTP as one question takes.
async fn status(api: SocketAddr, key: &str) -> io::Result<[u8; 12]> {
    let mut stream = TcpStream::connect(api).await?;
    let question = format!("GET /v1/balance HTTP/1.1\r\nHost: {api}\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut line = [0; 12];
    stream.read_exact(&mut line).await?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::takes;

    /// Answers one question as a service does that knows the key `tt_ours`.
    fn answer(listener: &TcpListener) {
        let (mut caller, _) = listener.accept().unwrap();
        let mut question = [0; 4_096];
        let length = caller.read(&mut question).unwrap();
        let ours = String::from_utf8_lossy(&question[..length]).contains("\r\nX-API-Key: tt_ours\r\n");
        let status = if ours { "200 OK" } else { "401 Unauthorized" };
        write!(caller, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
    }

    #[tokio::test]
    async fn a_service_with_another_database_is_not_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = listener.local_addr().unwrap();
        let served = thread::spawn(move || (0..2).for_each(|_| answer(&listener)));

        assert!(!takes(api, "tt_theirs").await);
        assert!(takes(api, "tt_ours").await);

        served.join().unwrap();
    }
}
