//! A browser's process, with everything that it leaves: one value owns them all.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{ExitStatus, Stdio};

use command_fds::{CommandFdExt, FdMapping};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::process::{Child, Command};

use super::Launcher;
use super::command::command;
use super::home::Home;
use super::init::Net;
use super::namespace;
use crate::cdp::{Ends, Link};

/// A browser's process group and its private directory. Both are gone once it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Pid,
    home: Home,
}

/// Why a browser does not run.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The machine lacks something: look at what.
    #[error("{0}: {1}")]
    Machine(&'static str, io::Error),
    /// The system gives it no network of its own. Allow it, or do without.
    #[error("no network namespace for the browser: {0}")]
    NoNamespace(String),
    /// The browser does not like it here: read its last words.
    #[error("the browser ended at once ({0}): {1}")]
    Ended(ExitStatus, String),
    /// The machine is overloaded, or the browser hangs.
    #[error("the browser did not answer in time: {0}")]
    Mute(String),
}

/// A browser that has begun: its process, how to talk to it, and where it asks for the world.
pub(super) struct Begun {
    pub(super) process: Process,
    pub(super) link: Link,
    pub(super) exit: TcpListener,
}

impl Process {
    /// Starts a browser.
    ///
    /// It dies with the calling thread: call from a task, never from a blocking thread.
    pub(super) async fn spawn(launcher: &Launcher, net: Net) -> Result<Begun, NotStarted> {
        let lacks = |what| move |error| NotStarted::Machine(what, error);
        let home = Home::make(&launcher.identity).map_err(lacks("no private directory for the browser"))?;
        let (link, ends) = Link::new().map_err(lacks("no pipe for the browser"))?;
        match net {
            Net::Own => {
                let (ours, theirs) = UnixStream::pair().map_err(lacks("no socket for the browser"))?;
                let command = command(launcher, net, home.path(), namespace::PORT);
                let process = Self::begin(command, home, Some(theirs), ends)?;
                let exit = received(ours).await.map_err(|_| NotStarted::NoNamespace(process.home.last_words()))?;
                Ok(Begun { process, link, exit })
            }
            Net::Shared => {
                let exit =
                    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(lacks("no port for the browser's proxy"))?;
                let port = exit.local_addr().map_err(lacks("no port for the browser's proxy"))?.port();
                let process = Self::begin(command(launcher, net, home.path(), port), home, None, ends)?;
                Ok(Begun { process, link, exit })
            }
        }
    }

    fn begin(
        mut command: Command,
        home: Home,
        stdin: Option<UnixStream>,
        Ends { reads, writes }: Ends,
    ) -> Result<Self, NotStarted> {
        let not = |what| move |error: io::Error| NotStarted::Machine(what, error);
        let log = home.log().map_err(not("no log for the browser"))?;
        let fds = [FdMapping { parent_fd: reads, child_fd: 3 }, FdMapping { parent_fd: writes, child_fd: 4 }];
        command.fd_mappings(fds.into()).map_err(|error| not("no pipe for the browser")(io::Error::other(error)))?;
        let child = command
            .stdin(stdin.map_or_else(Stdio::null, |stdin| OwnedFd::from(stdin).into()))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(not("the worker's own program, which starts the browser, did not run"))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let group = group.ok_or_else(|| NotStarted::Mute("it has no process id".to_owned()))?;
        Ok(Self { child, group, home })
    }

    /// The id of its process, and of the group of all its processes.
    pub(crate) fn group(&self) -> Pid {
        self.group
    }

    /// Kills the browser and waits for its end, so that dropping it blocks nobody.
    pub(super) async fn kill(mut self) {
        self.kill_group();
        let _status = self.child.wait().await;
    }

    /// The group is the child's until it was waited for, so it can be no one else's.
    pub(super) fn kill_group(&self) {
        if self.child.id().is_some() {
            let _gone = killpg(self.group, Signal::SIGKILL);
        }
    }

    /// It took too long, or ended: here is what it said.
    pub(super) fn silent(&mut self) -> NotStarted {
        match self.child.try_wait() {
            Ok(Some(status)) => NotStarted::Ended(status, self.home.last_words()),
            Ok(None) | Err(_) => NotStarted::Mute(self.home.last_words()),
        }
    }
}

impl Drop for Process {
    /// Blocks for the few milliseconds in which a killed browser ends, if nobody has
    /// waited for it: its directory can be removed only then.
    fn drop(&mut self) {
        self.kill_group();
        for _ in 0..100 {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(std::time::Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }
}

/// Waits until the browser's process has sent the exit of its network, or has ended.
async fn received(ours: UnixStream) -> io::Result<TcpListener> {
    ours.set_nonblocking(true)?;
    let ours = tokio::net::UnixStream::from_std(ours)?;
    ours.async_io(Interest::READABLE, || namespace::receive(&ours)).await
}
