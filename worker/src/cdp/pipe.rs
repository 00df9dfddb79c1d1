//! The pipe: messages that end with a NUL, both ways.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::{Bytes, BytesMut};
use nix::fcntl::{FcntlArg, fcntl};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc;

use super::message::read;
use super::waiting::Waiting;
use super::{CallError, Client};

/// The largest message that is taken: the largest file, in base64, and room around it. A
/// browser that says more at once is not believed any further.
const LARGEST: usize = 96 * 1024 * 1024;

/// How much is asked of the pipe at a time, and what it may hold: a picture then takes a few
/// turns of writer and reader instead of dozens.
const CHUNK: usize = 256 * 1024;

/// A pair of pipes to a browser.
#[derive(Debug)]
pub(crate) struct Link {
    requests: OwnedFd,
    answers: OwnedFd,
}

/// The ends of them that are the browser's.
#[derive(Debug)]
pub(crate) struct Ends {
    /// Where it reads: its descriptor 3.
    pub(crate) reads: OwnedFd,
    /// Where it writes: its descriptor 4.
    pub(crate) writes: OwnedFd,
}

impl Link {
    /// Makes the pipes.
    pub(crate) fn new() -> io::Result<(Self, Ends)> {
        let (reads, requests) = io::pipe()?;
        let (answers, writes) = io::pipe()?;
        // A smaller pipe is slower, and does as well.
        let _as_large_as_may_be = fcntl(&writes, FcntlArg::F_SETPIPE_SZ(CHUNK.try_into().unwrap_or(i32::MAX)));
        let link = Self { requests: requests.into(), answers: answers.into() };
        Ok((link, Ends { reads: reads.into(), writes: writes.into() }))
    }

    /// Opens the conversation. It ends when the driver, which is to be run, ends or is dropped.
    pub(crate) fn open(self) -> io::Result<(Client, impl Future<Output = ()> + use<>)> {
        let (sender, receiver) = (Sender::from_owned_fd(self.requests)?, Receiver::from_owned_fd(self.answers)?);
        let waiting = Arc::new(Waiting::default());
        let (requests, asked) = mpsc::unbounded_channel();
        let client = Client { next: Arc::new(AtomicU64::new(1)), waiting: Arc::clone(&waiting), requests };
        // Held by value, so that whoever waits is told however the driver ends.
        let told = Told(waiting);
        let drive = async move {
            tokio::select! {
                () = write(sender, asked) => {}
                () = listen(receiver, &told.0) => {}
            }
        };
        Ok((client, drive))
    }
}

/// Tells everybody who waits that there is nothing to wait for any more.
struct Told(Arc<Waiting>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.end(&CallError::Gone);
    }
}

async fn write(mut pipe: Sender, mut asked: mpsc::UnboundedReceiver<Vec<u8>>) {
    let mut messages = Vec::new();
    while asked.recv_many(&mut messages, 64).await > 0 {
        let together = messages.concat();
        messages.clear();
        if pipe.write_all(&together).await.is_err() {
            return;
        }
    }
}

async fn listen(mut pipe: Receiver, waiting: &Waiting) {
    let mut messages = Messages::default();
    while let Ok(1..) = pipe.read_buf(messages.room()).await {
        while let Some(message) = messages.next() {
            waiting.hear(read(&message));
        }
        if messages.buffer.len() > LARGEST {
            return waiting.end(&CallError::TooLarge);
        }
    }
}

/// Bytes as they come, and how many of them are known to hold no end of a message.
#[derive(Default)]
struct Messages {
    buffer: BytesMut,
    looked: usize,
}

impl Messages {
    fn room(&mut self) -> &mut BytesMut {
        // Doubling, so that a message of many megabytes is not moved for each chunk of it.
        self.buffer.reserve(CHUNK.max(self.buffer.len()));
        &mut self.buffer
    }

    fn next(&mut self) -> Option<Bytes> {
        let unseen = self.buffer.get(self.looked..).unwrap_or_default();
        let Some(end) = memchr::memchr(0, unseen) else {
            self.looked = self.buffer.len();
            return None;
        };
        let mut message = self.buffer.split_to(self.looked + end + 1);
        self.looked = 0;
        message.truncate(message.len() - 1);
        Some(message.freeze())
    }
}
