//! Listeners on this machine: one that pages may reach, and two that they may not.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// A page that tries to reach the listeners in every way that a page can.
const PAGE: &str = "<!doctype html><script>
const quiet = { mode: 'no-cors' };
const gather = urls => new Promise(done => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls, username: 'u', credential: 'p' }] });
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
    peer.createDataChannel('c');
    peer.createOffer().then(offer => peer.setLocalDescription(offer)).catch(done);
    setTimeout(done, 5000);
});
const socket = url => new Promise(done => { new WebSocket(url).onerror = done; });
const image = url => new Promise(done => { const image = new Image(); image.onload = image.onerror = done; image.src = url; });
Promise.allSettled([
    fetch('http://127.0.0.1:ALLOWED/', quiet),
    fetch('http://127.0.0.1:DENIED/', quiet), fetch('http://localhost:DENIED/', quiet),
    fetch('http://[::ffff:7f00:1]:DENIED/', quiet), image('http://2130706433:DENIED/'),
    socket('ws://127.0.0.1:DENIED/'), gather('stun:127.0.0.1:DENIED_UDP'), gather('turn:127.0.0.1:DENIED_UDP'),
    gather('turn:127.0.0.1:DENIED?transport=tcp'),
]).then(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'));
</script><body>";

/// Listeners that a page tries to reach, and the numbers of their connections. Dropping it
/// closes them.
#[derive(Debug)]
pub(super) struct Probes {
    allowed: u16,
    denied: u16,
    denied_udp: u16,
    counters: Arc<Counters>,
    _listening: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Counters {
    allowed: AtomicU32,
    denied: AtomicU32,
    first_allowed: Notify,
}

/// How many connections and packets arrived.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) allowed: u32,
    pub(super) denied: u32,
}

impl Probes {
    /// Starts a TCP listener that is to be allowed, and a TCP and a UDP listener that are not.
    pub(super) async fn start() -> io::Result<Self> {
        let any_port = (Ipv4Addr::LOCALHOST, 0);
        let (allowed, denied, denied_udp) =
            (TcpListener::bind(any_port).await?, TcpListener::bind(any_port).await?, UdpSocket::bind(any_port).await?);
        let ports = (allowed.local_addr()?.port(), denied.local_addr()?.port(), denied_udp.local_addr()?.port());
        let counters = Arc::new(Counters::default());
        let mut listening = JoinSet::new();
        let counting = Arc::clone(&counters);
        listening.spawn(async move {
            while let Ok((stream, _)) = allowed.accept().await {
                counting.allowed.fetch_add(1, Ordering::Relaxed);
                counting.first_allowed.notify_one();
                let _counted_anyway = respond(stream).await;
            }
        });
        let counting = Arc::clone(&counters);
        listening.spawn(async move {
            while denied.accept().await.is_ok() {
                counting.denied.fetch_add(1, Ordering::Relaxed);
            }
        });
        let counting = Arc::clone(&counters);
        listening.spawn(async move {
            while denied_udp.recv(&mut [0; 16]).await.is_ok() {
                counting.denied.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (allowed, denied, denied_udp) = ports;
        Ok(Self { allowed, denied, denied_udp, counters, _listening: listening })
    }

    /// Returns the exception for the allowed listener, in the form of `TINTYPE_EGRESS_ALLOW`.
    pub(super) fn exception(&self) -> String {
        format!("127.0.0.1/32:{}", self.allowed)
    }

    /// Returns a page that tries to reach all listeners.
    pub(super) fn page(&self) -> String {
        PAGE.replace("ALLOWED", &self.allowed.to_string())
            .replace("DENIED_UDP", &self.denied_udp.to_string())
            .replace("DENIED", &self.denied.to_string())
    }

    /// Waits until the allowed listener has accepted a connection.
    pub(super) async fn until_reached(&self) {
        self.counters.first_allowed.notified().await;
    }

    pub(super) fn counts(&self) -> Counts {
        let Counters { allowed, denied, .. } = &*self.counters;
        Counts { allowed: allowed.load(Ordering::Relaxed), denied: denied.load(Ordering::Relaxed) }
    }
}

async fn respond(mut stream: TcpStream) -> io::Result<()> {
    let _request = stream.read(&mut [0; 4096]).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await
}
