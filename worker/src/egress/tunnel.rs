//! Tunnels: bytes both ways between a browser and what it was connected to.

use tokio::io::{AsyncWriteExt, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;

use super::metered::Metered;

/// How much of what a browser sends is held at once: requests are small.
const UP: usize = 8 * 1024;

/// How much of what it receives is held at once: a few segments, so that a large file costs
/// few calls to the kernel and a tunnel little memory.
const DOWN: usize = 32 * 1024;

/// Copies until both are done, one breaks, the job has used too much or nothing happens.
///
/// `early` is what the browser sent before it knew that it was connected.
pub(super) async fn copy(mut browser: TcpStream, mut host: Metered, early: &[u8]) {
    let clock = host.clock();
    let copied = async {
        host.write_all(early).await?;
        copy_bidirectional_with_sizes(&mut browser, &mut host, UP, DOWN).await
    };
    tokio::select! {
        _both_know_how_it_ended = copied => {}
        () = clock.run_out() => {}
    }
}
