//! A browser's process group and private directory, owned by one value.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::process::{Child, Command};

use super::flags::{LaunchConfig, SiteIsolation, browser_command, fonts_config};
use super::netns;
use super::network::Network;
use super::profile_dir::ProfileDir;
use crate::cdp::{BrowserEnds, Pipe};

/// How often `drop` checks whether a killed browser has ended, and how many times.
const EXIT_POLL_INTERVAL: Duration = Duration::from_millis(5);
const MAX_EXIT_POLLS: u32 = 100;

/// A browser's process group and its private directory. Dropping it ends and removes both.
#[derive(Debug)]
pub(crate) struct BrowserProcess {
    child: Child,
    group: Pid,
    profile: ProfileDir,
}

/// Why a browser's process did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// An operating system call failed.
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
    /// The system does not allow a network namespace. Allow it, or do without.
    #[error("no network namespace for the browser: {0}")]
    NoNamespace(String),
    /// The browser exited at once. Contains the end of its standard error.
    #[error("the browser exited at start ({0}): {1}")]
    Exited(ExitStatus, String),
    /// The browser did not reply in time: the machine is overloaded, or the browser hangs.
    #[error("the browser did not start in time: {0}")]
    Timeout(String),
}

/// A browser's process, the pipe to it, and the listener for its network connections.
pub(in crate::browser) struct Spawned {
    pub(in crate::browser) process: BrowserProcess,
    pub(in crate::browser) pipe: Pipe,
    pub(in crate::browser) listener: TcpListener,
}

impl BrowserProcess {
    /// Spawns a browser.
    ///
    /// The browser dies with the calling thread (`PR_SET_PDEATHSIG`): call this from a task,
    /// never from a blocking thread.
    pub(in crate::browser) async fn spawn(
        config: &LaunchConfig,
        network: Network,
        isolation: SiteIsolation,
    ) -> Result<Spawned, SpawnError> {
        let failed = |what| move |error| SpawnError::System(what, error);
        let profile = ProfileDir::create(&config.identity)
            .map_err(failed("cannot create the browser's private directory in TMPDIR, which must be writable"))?;
        if let Some(fonts) = &config.fonts {
            let written = fonts.write_config(&fonts_config(profile.home()));
            written.map_err(failed("cannot write the browser's font configuration"))?;
        }
        let (pipe, ends) = Pipe::new().map_err(failed("cannot create the browser's pipe"))?;
        match network {
            Network::Isolated => {
                let (ours, theirs) = UnixStream::pair().map_err(failed("cannot create the browser's socket"))?;
                let command = browser_command(config, network, isolation, profile.home(), netns::PROXY_PORT);
                let process = Self::start(command, profile, Some(theirs), ends)?;
                let listener = receive_listener(ours).await;
                let listener = listener.map_err(|_| SpawnError::NoNamespace(process.profile.stderr_tail()))?;
                Ok(Spawned { process, pipe, listener })
            }
            Network::Shared => {
                let no_port = failed("cannot listen for the browser's proxy");
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port)?;
                let port = listener.local_addr().map_err(no_port)?.port();
                let command = browser_command(config, network, isolation, profile.home(), port);
                let process = Self::start(command, profile, None, ends)?;
                Ok(Spawned { process, pipe, listener })
            }
        }
    }

    fn start(
        mut command: Command,
        profile: ProfileDir,
        stdin: Option<UnixStream>,
        ends: BrowserEnds,
    ) -> Result<Self, SpawnError> {
        let failed = |what| move |error: io::Error| SpawnError::System(what, error);
        let stderr = profile.stderr().map_err(failed("cannot open the browser's log"))?;
        let fds =
            [FdMapping { parent_fd: ends.reader, child_fd: 3 }, FdMapping { parent_fd: ends.writer, child_fd: 4 }];
        command
            .fd_mappings(fds.into())
            .map_err(|error| failed("cannot pass the browser's pipe")(io::Error::other(error)))?;
        let child = command
            .stdin(stdin.map_or_else(Stdio::null, |stdin| OwnedFd::from(stdin).into()))
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(failed("cannot run the worker's own executable, which starts the browser"))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let group = group.ok_or_else(|| SpawnError::Timeout("it has no process id".to_owned()))?;
        Ok(Self { child, group, profile })
    }

    /// Returns the id of the process, which is also that of its process group.
    pub(crate) fn group(&self) -> Pid {
        self.group
    }

    /// Kills the browser and waits until it has ended, so that dropping it does not block.
    pub(in crate::browser) async fn kill(mut self) {
        self.start_kill();
        let _status = self.child.wait().await;
    }

    /// Kills the process group without waiting. The id cannot have been reused before the
    /// child is reaped.
    pub(in crate::browser) fn start_kill(&self) {
        if self.child.id().is_some() {
            let _already_ended = killpg(self.group, Signal::SIGKILL);
        }
    }

    /// Returns why the browser does not reply: it has exited, or it hangs.
    pub(in crate::browser) fn exit_error(&mut self) -> SpawnError {
        match self.child.try_wait() {
            Ok(Some(status)) => SpawnError::Exited(status, self.profile.stderr_tail()),
            Ok(None) | Err(_) => SpawnError::Timeout(self.profile.stderr_tail()),
        }
    }
}

impl Drop for BrowserProcess {
    /// Blocks for the few milliseconds that a killed browser takes to end, unless it was
    /// waited for: its directory can be removed only after that.
    fn drop(&mut self) {
        self.start_kill();
        for _ in 0..MAX_EXIT_POLLS {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(EXIT_POLL_INTERVAL),
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }
}

/// Waits until the browser's process has sent the listener in its namespace, or has ended.
async fn receive_listener(socket: UnixStream) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    let socket = tokio::net::UnixStream::from_std(socket)?;
    socket.async_io(Interest::READABLE, || netns::receive_listener(&socket)).await
}
