//! Tunnels: copying bytes in both directions after a `CONNECT` request.

use tokio::io::{AsyncWriteExt, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;

use crate::egress::meter::MeteredStream;

/// Buffer for bytes that the browser sends: requests are small.
const SEND_BUFFER: usize = 8 * 1024;

/// Buffer for bytes that the browser receives: a few TCP segments, so that a large file needs
/// few system calls and an idle tunnel little memory.
const RECEIVE_BUFFER: usize = 32 * 1024;

/// Copies until both sides have closed, one fails, a budget is exhausted, or the tunnel is idle.
///
/// `early` holds bytes that the browser sent before it received the proxy's response.
pub(super) async fn copy(mut browser: TcpStream, mut upstream: MeteredStream, early: &[u8]) {
    let idle = upstream.idle_timer();
    let copied = async {
        upstream.write_all(early).await?;
        copy_bidirectional_with_sizes(&mut browser, &mut upstream, SEND_BUFFER, RECEIVE_BUFFER).await
    };
    tokio::select! {
        _both_sides_see_the_result = copied => {}
        () = idle.wait_until_idle() => {}
    }
}
