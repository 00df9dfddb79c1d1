//! The faults: what breaks, and how it is healed.

use std::path::Path;
use std::time::Duration;

use harness::processes::ProcessTree;
use harness::{Fault as Cut, FaultPoint, PostgresServer, Replication};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::fleet::{Fleet, Member};
use super::slow_client::slow_clients;

/// A kind of fault. Those of a member break any one API or worker that it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// SIGKILL.
    Kill,
    /// SIGTERM, after which it must exit with 0.
    Terminate,
    /// SIGSTOP and SIGCONT: to everybody else it seems dead.
    Pause,
    /// The reader of its log goes away.
    CloseLog,
    /// Its connections to the database end, and it gets no new ones.
    Disconnect,
    /// Its connections to the database become half open.
    Freeze,
    /// Its connection ends at a statement.
    CutStatement(&'static str, FaultPoint),
    /// A statement or its response is late.
    HoldStatement(&'static str, FaultPoint),
    /// An API has no file descriptor left.
    ExhaustFiles,
    /// An API has many clients that neither send nor read.
    SlowClients,
    /// The browsers of a worker are killed.
    KillBrowsers,
    /// The disk of a worker's browsers is full.
    FillDisk,
    /// Postgres crashes and is started again.
    CrashPostgres,
    /// Postgres accepts no writes, as a former primary does.
    ReadOnly,
    /// The primary is lost, and its standby is promoted.
    FailOver,
}

/// Which parts a kind can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Any,
    Api,
    Worker,
    Postgres,
}

/// Connections that stay open until the fault is healed.
pub(super) type Injected = Vec<TcpStream>;

impl Kind {
    pub(super) fn target(self) -> Target {
        match self {
            Self::Kill | Self::Terminate | Self::Pause | Self::CloseLog | Self::Disconnect | Self::Freeze => {
                Target::Any
            }
            Self::CutStatement(text, _) | Self::HoldStatement(text, _) if text == crate::faults::SUBMIT => Target::Api,
            Self::ExhaustFiles | Self::SlowClients => Target::Api,
            Self::KillBrowsers | Self::FillDisk | Self::CutStatement(..) | Self::HoldStatement(..) => Target::Worker,
            Self::CrashPostgres | Self::ReadOnly | Self::FailOver => Target::Postgres,
        }
    }

    /// Injects the fault into a member, or into Postgres.
    pub(super) async fn inject(self, fleet: &mut Fleet, member: usize) -> Injected {
        let part = &mut fleet.members[member];
        match self {
            Self::Kill => part.program.signal(Signal::SIGKILL),
            Self::Terminate => part.program.signal(Signal::SIGTERM),
            Self::Pause => part.program.signal(Signal::SIGSTOP),
            Self::CloseLog => part.program.close_log().await,
            Self::Disconnect => part.proxy.disconnect(),
            Self::Freeze => part.proxy.freeze(),
            Self::CutStatement(text, point) => drop(part.proxy.inject(text, 1, point, Cut::Disconnect)),
            Self::HoldStatement(text, point) => drop(part.proxy.inject(text, 1, point, Cut::Hold)),
            Self::ExhaustFiles => limit_files(part, FEW_FILES).await,
            Self::SlowClients => return slow_clients(url(part)).await,
            Self::KillBrowsers => kill_browsers(part),
            Self::FillDisk => fill(part.disk.as_deref().expect("a worker has a disk")),
            Self::CrashPostgres => fleet.primary.crash().await,
            Self::ReadOnly => read_only(&fleet.primary, "on").await,
            Self::FailOver => fail_over(fleet).await,
        }
        Vec::new()
    }

    /// Heals it. Returns what a member did that it must not do.
    pub(super) async fn heal(self, fleet: &mut Fleet, member: usize, injected: Injected) -> Result<(), String> {
        drop(injected);
        let part = &mut fleet.members[member];
        match self {
            Self::Kill => restart(part, None).await?,
            Self::Terminate => restart(part, Some(0)).await?,
            Self::Pause => part.program.signal(Signal::SIGCONT),
            Self::CloseLog => {
                part.program.signal(Signal::SIGTERM);
                restart(part, Some(0)).await?;
            }
            Self::Disconnect | Self::Freeze | Self::CutStatement(..) => part.proxy.restore(),
            Self::HoldStatement(..) => {
                part.proxy.release();
                part.proxy.restore();
            }
            Self::ExhaustFiles => limit_files(part, MANY_FILES).await,
            Self::SlowClients | Self::KillBrowsers => {}
            Self::FillDisk => drop(std::fs::remove_file(filler(part.disk.as_deref().expect("a worker has a disk")))),
            Self::CrashPostgres => fleet.primary.restart().await,
            Self::ReadOnly => read_only(&fleet.primary, "off").await,
            Self::FailOver => fleet.standby = Some(fleet.primary.start_standby(Replication::Synchronous).await),
        }
        Ok(())
    }

    /// Whether the part must still be running, or was sent a signal.
    pub(super) fn ends_the_program(self) -> bool {
        matches!(self, Self::Kill | Self::Terminate)
    }

    /// How long the fault lasts at most. What is checked in the end takes no longer for it.
    pub(super) fn longest(self) -> Duration {
        Duration::from_secs(if matches!(self, Self::Pause | Self::Freeze) { 25 } else { 10 })
    }
}

/// So few that an API with its connections has none left.
const FEW_FILES: &str = "24";
const MANY_FILES: &str = "1024";

async fn restart(part: &mut Member, expected: Option<i32>) -> Result<(), String> {
    let exited = part.program.exited().await;
    part.program.start_again();
    let code = exited?;
    if expected.is_none() || code == expected {
        return Ok(());
    }
    Err(format!("{} got SIGTERM, and returned {code:?}", part.program.name))
}

async fn limit_files(part: &Member, limit: &str) {
    let Some(id) = part.program.id() else { return };
    let limited =
        Command::new("prlimit").args(["--pid", &id.to_string(), &format!("--nofile={limit}:")]).status().await;
    assert!(limited.is_ok_and(|status| status.success()), "prlimit is part of util-linux");
}

fn url(part: &Member) -> &str {
    part.url.as_deref().expect("an API has a URL")
}

fn kill_browsers(part: &Member) {
    let Some(id) = part.program.id() else { return };
    for browser in ProcessTree::below(id).browsers() {
        let _exited = kill(Pid::from_raw(browser), Signal::SIGKILL);
    }
}

fn filler(disk: &Path) -> std::path::PathBuf {
    disk.join("filler")
}

/// Writes until there is no space.
fn fill(disk: &Path) {
    let Ok(mut file) = std::fs::File::create(filler(disk)) else { return };
    let zeros = vec![0; 1 << 20];
    while std::io::Write::write_all(&mut file, &zeros).is_ok() {}
}

async fn read_only(server: &PostgresServer, value: &str) {
    server.execute(&format!("alter system set default_transaction_read_only = {value}")).await;
    server.execute("select pg_reload_conf()").await;
}

async fn fail_over(fleet: &mut Fleet) {
    let Some(standby) = fleet.standby.take() else { return };
    fleet.primary.crash().await;
    standby.promote().await;
    fleet.primary = standby;
    fleet.retarget();
}
