//! The pipe to a browser: NUL-terminated messages in both directions.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use nix::fcntl::{FcntlArg, fcntl};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc;

use super::client::Client;
use super::dispatch::Dispatcher;
use super::error::CallError;
use super::message::decode;

/// The largest message that is read: the largest file in base64, with some room. A browser
/// that sends more is no longer trusted.
const MAX_MESSAGE: usize = 96 * 1024 * 1024;

/// The size of reads and of the pipe's buffer, so that an image needs a few switches between
/// writer and reader instead of dozens.
const CHUNK: usize = 256 * 1024;

/// The worker's ends of a pair of pipes to a browser.
#[derive(Debug)]
pub(crate) struct Pipe {
    writer: OwnedFd,
    reader: OwnedFd,
}

/// The browser's ends of the pair.
#[derive(Debug)]
pub(crate) struct BrowserEnds {
    /// The browser reads from it, as descriptor 3.
    pub(crate) reader: OwnedFd,
    /// The browser writes to it, as descriptor 4.
    pub(crate) writer: OwnedFd,
}

impl Pipe {
    /// Creates a pair of pipes.
    pub(crate) fn new() -> io::Result<(Self, BrowserEnds)> {
        let (browser_reader, writer) = io::pipe()?;
        let (reader, browser_writer) = io::pipe()?;
        // Best effort: a smaller buffer is only slower.
        let _size = fcntl(&browser_writer, FcntlArg::F_SETPIPE_SZ(CHUNK.try_into().unwrap_or(i32::MAX)));
        let ends = BrowserEnds { reader: browser_reader.into(), writer: browser_writer.into() };
        Ok((Self { writer: writer.into(), reader: reader.into() }, ends))
    }

    /// Returns a client, and the future that drives it. The client is closed when the future
    /// completes or is dropped.
    pub(crate) fn open(self) -> io::Result<(Client, impl Future<Output = ()> + use<>)> {
        let (sender, receiver) = (Sender::from_owned_fd(self.writer)?, Receiver::from_owned_fd(self.reader)?);
        let dispatcher = Arc::new(Dispatcher::default());
        let (outgoing, queue) = mpsc::unbounded_channel();
        let client = Client::new(Arc::clone(&dispatcher), outgoing);
        // Moved into the future, so that pending commands fail however the future ends.
        let guard = ClosedGuard(dispatcher);
        let drive = async move {
            tokio::select! {
                () = write(sender, queue) => {}
                () = read(receiver, &guard.0) => {}
            }
        };
        Ok((client, drive))
    }
}

/// Fails all pending commands when dropped.
struct ClosedGuard(Arc<Dispatcher>);

impl Drop for ClosedGuard {
    fn drop(&mut self) {
        self.0.close(&CallError::BrowserGone);
    }
}

async fn write(mut pipe: Sender, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    let mut messages = Vec::new();
    while queue.recv_many(&mut messages, 64).await > 0 {
        let batch = messages.concat();
        messages.clear();
        if pipe.write_all(&batch).await.is_err() {
            return;
        }
    }
}

async fn read(mut pipe: Receiver, dispatcher: &Dispatcher) {
    let mut messages = MessageBuffer::default();
    while let Ok(1..) = pipe.read_buf(messages.writable()).await {
        while let Some(message) = messages.next() {
            dispatcher.dispatch(decode(&message));
        }
        if messages.buffer.len() > MAX_MESSAGE {
            return dispatcher.close(&CallError::ReplyTooLarge);
        }
    }
}

/// Bytes read so far, of which the first `searched` contain no NUL.
#[derive(Default)]
struct MessageBuffer {
    buffer: BytesMut,
    searched: usize,
}

impl MessageBuffer {
    fn writable(&mut self) -> &mut BytesMut {
        // Doubles the capacity, so that a large message is not moved for each chunk of it.
        self.buffer.reserve(CHUNK.max(self.buffer.len()));
        &mut self.buffer
    }

    fn next(&mut self) -> Option<Bytes> {
        let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(end) = memchr::memchr(0, unsearched) else {
            self.searched = self.buffer.len();
            return None;
        };
        let mut message = self.buffer.split_to(self.searched + end + 1);
        self.searched = 0;
        message.truncate(message.len() - 1);
        Some(message.freeze())
    }
}
