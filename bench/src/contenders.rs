//! The contenders: how each is built, and how its tables are queried.

use std::path::{Path, PathBuf};

/// One contender.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// How it is built.
    pub(crate) build: Build,
    /// Environment variables of its program.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// A query for the number of completed jobs; `$1` is the number of jobs enqueued.
    pub(crate) completed: &'static str,
    /// A `like` pattern that finds its claim among the statements.
    pub(crate) claim: &'static str,
    /// Whether its jobs belong to accounts.
    pub(crate) accounts: Accounts,
    /// Whether its program can audit a database.
    pub(crate) audit: Audit,
    /// How it was set up, for the report.
    pub(crate) setup: &'static str,
}

/// How a contender is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// This package.
    Workspace,
    /// `cargo`, in a directory under `peers`.
    Cargo(&'static str),
    /// `npm`, in a directory under `peers`.
    Npm(&'static str),
}

/// Whether a contender has accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accounts {
    /// Each job belongs to an account.
    Known,
    /// It has no accounts.
    Unknown,
}

/// Whether a contender can check the invariants of its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audit {
    /// It has the command `audit`.
    Available,
    /// It has no such command, or its jobs were enqueued without what would be checked.
    None,
}

/// All contenders.
pub(crate) const ALL: &[Contender] = &[
    Contender {
        name: "tintype",
        build: Build::Workspace,
        environment: &[],
        completed: TINTYPE_COMPLETED,
        claim: TINTYPE_CLAIM,
        accounts: Accounts::Known,
        audit: Audit::Available,
        setup: "`Submitter::submit`, `submit_batch`, `claim` and `complete` of the domain: debits the account, and stores \
              a result of one byte; one lane; `LISTEN`/`NOTIFY`",
    },
    Contender {
        name: "tintype one by one",
        build: Build::Workspace,
        environment: &[("BENCH_ONE_BY_ONE", "1")],
        completed: TINTYPE_COMPLETED,
        claim: TINTYPE_CLAIM,
        accounts: Accounts::Known,
        audit: Audit::Available,
        setup: "the same, but `submit`: each call is a statement of its own",
    },
    Contender {
        name: "tintype without money",
        build: Build::Workspace,
        environment: &[("BENCH_WITHOUT_BILLING", "1")],
        completed: TINTYPE_COMPLETED,
        claim: TINTYPE_CLAIM,
        accounts: Accounts::Known,
        audit: Audit::None,
        setup: "the same tables, claim and completion; a separate statement enqueues without account and ledger",
    },
    Contender {
        name: "awa",
        build: Build::Cargo("awa"),
        environment: &[],
        completed: "select (select coalesce(sum(completed_count), 0) from awa.receipt_completion_batches)::bigint
            + (select coalesce(sum(pruned_completed_count), 0) from awa.queue_terminal_rollups)::bigint
            + (select count(*) from awa.done_entries) + 0 * $1",
        claim: "%claim_ready_runtime(%",
        accounts: Accounts::Unknown,
        audit: Audit::None,
        setup: "queue storage; `insert_many`, `enqueue_params_copy` for more than 20; `LISTEN`/`NOTIFY`; \
              `deadline_duration` 0 as in its own benchmark (compact batches of claims and completions)",
    },
    Contender {
        name: "graphile_worker",
        build: Build::Cargo("graphile_worker"),
        environment: &[],
        completed: GRAPHILE_COMPLETED,
        claim: GRAPHILE_CLAIM,
        accounts: Accounts::Unknown,
        audit: Audit::None,
        setup: "`add_raw_job`, `add_raw_jobs`; a local queue that locks 100 jobs ahead; \
              `complete_job_batch_delay` 1 ms; `LISTEN`/`NOTIFY`; completed jobs are deleted",
    },
    Contender {
        name: "underway",
        build: Build::Cargo("underway"),
        environment: &[],
        completed: "select count(*) + 0 * $1 from underway.task where state = 'succeeded'",
        claim: "%with available_task as%",
        accounts: Accounts::Unknown,
        audit: Audit::None,
        setup: "`enqueue`, `enqueue_multi`; one worker, `LISTEN`/`NOTIFY`; polls every 10 ms instead of every minute, \
              because only a poll or a notification fills another slot",
    },
    Contender {
        name: "pg-boss (Node)",
        build: Build::Npm("pg-boss"),
        environment: &[],
        completed: "select count(*) + 0 * $1 from pgboss.job where name = 'bench' and state = 'completed'",
        claim: "%next as (%skip locked%",
        accounts: Accounts::Unknown,
        audit: Audit::None,
        setup: "`send`, `insert`; `localConcurrency` × `batchSize` = 2 × 2, 4 × 4, 4 × 8, 4 × 16, and 1 × 2 for one slot, \
              run one by one; `burstWhenBatchFull`; `LISTEN`/`NOTIFY`",
    },
    Contender {
        name: "graphile-worker (Node)",
        build: Build::Npm("graphile-worker-js"),
        environment: &[],
        completed: GRAPHILE_COMPLETED,
        claim: GRAPHILE_CLAIM,
        accounts: Accounts::Unknown,
        audit: Audit::None,
        setup: "`addJob`, `addJobs`; `localQueue` of 100 jobs locked ahead; `completeJobBatchDelay` 0; `LISTEN`/`NOTIFY`; \
              completed jobs are deleted",
    },
];

const TINTYPE_COMPLETED: &str = "select count(*) + 0 * $1 from job where state = 'completed'";
const TINTYPE_CLAIM: &str = "%claimed as (%update queue%";
const GRAPHILE_COMPLETED: &str = "select $1 - count(*) from graphile_worker._private_jobs";
const GRAPHILE_CLAIM: &str = "%j_raw as (%";

/// The directory of this benchmark's sources.
pub(crate) fn bench_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Contender {
    /// The name of its database.
    pub(crate) fn database(&self) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
        format!("bench_{}", self.name.chars().map(plain).collect::<String>())
    }

    /// Whether it is Tintype, whose statements may not create multixacts.
    pub(crate) fn is_tintype(&self) -> bool {
        self.build == Build::Workspace
    }

    /// The directory it is built in.
    pub(crate) fn dir(&self) -> PathBuf {
        match self.build {
            Build::Workspace => bench_dir().to_owned(),
            Build::Cargo(dir) | Build::Npm(dir) => bench_dir().join("peers").join(dir),
        }
    }

    /// The program that runs it, and its first arguments.
    pub(crate) fn program(&self) -> (PathBuf, Vec<PathBuf>) {
        let built = bench_dir().join("target/release");
        match self.build {
            Build::Workspace => (built.join("tintype-contender"), Vec::new()),
            Build::Cargo(dir) => (built.join(format!("peer-{dir}")), Vec::new()),
            Build::Npm(_) => {
                // A Node of their own: the peers need a newer version than Debian has.
                let dir = self.dir();
                (dir.join("node_modules/node/bin/node"), vec![dir.join("main.mjs")])
            }
        }
    }
}
