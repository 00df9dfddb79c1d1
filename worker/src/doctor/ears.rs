//! Ears on this machine: one that may be reached, and some that may not.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// The page that reaches for everything, by whatever leads out of a page.
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
    fetch('http://127.0.0.1:FORBIDDEN/', quiet), fetch('http://localhost:FORBIDDEN/', quiet),
    fetch('http://[::ffff:7f00:1]:FORBIDDEN/', quiet), image('http://2130706433:FORBIDDEN/'),
    socket('ws://127.0.0.1:FORBIDDEN/'), gather('stun:127.0.0.1:PACKETS'), gather('turn:127.0.0.1:PACKETS'),
    gather('turn:127.0.0.1:FORBIDDEN?transport=tcp'),
]).then(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'));
</script><body>";

/// What is listened to. It closes when dropped.
#[derive(Debug)]
pub(super) struct Ears {
    allowed: u16,
    forbidden: u16,
    packets: u16,
    counts: Arc<Counts>,
    _listening: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Counts {
    allowed: AtomicU32,
    forbidden: AtomicU32,
    first: Notify,
}

/// How often something was heard.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) allowed: u32,
    pub(super) forbidden: u32,
}

impl Ears {
    pub(super) async fn open() -> io::Result<Self> {
        let any = (Ipv4Addr::LOCALHOST, 0);
        let (one, other, packets) =
            (TcpListener::bind(any).await?, TcpListener::bind(any).await?, UdpSocket::bind(any).await?);
        let counts = Arc::new(Counts::default());
        let ports = (one.local_addr()?.port(), other.local_addr()?.port(), packets.local_addr()?.port());
        let mut listening = JoinSet::new();
        let heard = Arc::clone(&counts);
        listening.spawn(async move {
            while let Ok((stream, _)) = one.accept().await {
                heard.allowed.fetch_add(1, Ordering::Relaxed);
                heard.first.notify_one();
                let _heard_anyway = answer(stream).await;
            }
        });
        let heard = Arc::clone(&counts);
        listening.spawn(async move {
            while other.accept().await.is_ok() {
                heard.forbidden.fetch_add(1, Ordering::Relaxed);
            }
        });
        let heard = Arc::clone(&counts);
        listening.spawn(async move {
            while packets.recv(&mut [0; 16]).await.is_ok() {
                heard.forbidden.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (allowed, forbidden, packets) = ports;
        Ok(Self { allowed, forbidden, packets, counts, _listening: listening })
    }

    /// What may be reached, as `TINTYPE_EGRESS_ALLOW` says it.
    pub(super) fn allowed(&self) -> String {
        format!("127.0.0.1/32:{}", self.allowed)
    }

    pub(super) fn page(&self) -> String {
        PAGE.replace("ALLOWED", &self.allowed.to_string())
            .replace("FORBIDDEN", &self.forbidden.to_string())
            .replace("PACKETS", &self.packets.to_string())
    }

    /// Waits until something is heard that may be.
    pub(super) async fn hear(&self) {
        self.counts.first.notified().await;
    }

    pub(super) fn heard(&self) -> Heard {
        let Counts { allowed, forbidden, .. } = &*self.counts;
        Heard { allowed: allowed.load(Ordering::Relaxed), forbidden: forbidden.load(Ordering::Relaxed) }
    }
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let _request = stream.read(&mut [0; 4096]).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await
}
