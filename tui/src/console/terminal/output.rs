//! The output: bytes on their way to the terminal, which is never waited for.

use std::fs::File;
use std::io;

use tokio::net::unix::pipe;

/// Bytes on their way to the terminal.
#[derive(Debug)]
pub(super) struct Output {
    terminal: pipe::Sender,
    /// What the terminal has not read yet, from `sent` on.
    bytes: Vec<u8>,
    sent: usize,
}

impl Output {
    /// Writes to a descriptor that does not block.
    pub(super) fn new(terminal: File) -> io::Result<Self> {
        Ok(Self { terminal: pipe::Sender::from_file_unchecked(terminal)?, bytes: Vec::new(), sent: 0 })
    }

    /// Whether the terminal has not read everything.
    pub(super) fn is_busy(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Sends bytes, as many as the terminal takes now. [`flush`](Self::flush) sends the rest.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        while !self.bytes.is_empty() {
            match self.write() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends the rest.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        while !self.bytes.is_empty() {
            self.terminal.writable().await?;
            self.send(&[])?;
        }
        Ok(())
    }

    /// Forgets what has not been sent.
    pub(super) fn discard(&mut self) {
        self.bytes.clear();
        self.sent = 0;
    }

    fn write(&mut self) -> io::Result<()> {
        let written = match self.terminal.try_write(self.bytes.get(self.sent..).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            result => result?,
        };
        self.sent += written;
        if self.sent >= self.bytes.len() {
            self.discard();
        }
        Ok(())
    }
}
