//! Who takes part, how each is built, and what is asked of its tables.

use std::path::{Path, PathBuf};

/// One contender.
#[derive(Debug)]
pub(crate) struct Contender {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// How it is built.
    pub(crate) made: Made,
    /// What its program finds in its environment.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// The number of completed jobs; `$1` is how many were enqueued.
    pub(crate) completed: &'static str,
    /// By which its claim is known among statements, for `like`.
    pub(crate) claim: &'static str,
    /// Whether its jobs belong to accounts.
    pub(crate) accounts: Accounts,
    /// How it was set up, for the reader.
    pub(crate) how: &'static str,
}

/// How a contender is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// By this package.
    Here,
    /// By `cargo`, in a folder under `peers`.
    Cargo(&'static str),
    /// By `npm`, in a folder under `peers`.
    Npm(&'static str),
}

/// Whether a contender knows accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accounts {
    /// A job is some account's.
    Known,
    /// Jobs are all alike to it.
    Unknown,
}

/// Everybody who takes part.
pub(crate) const ALL: &[Contender] = &[
    Contender {
        name: "tintype",
        made: Made::Here,
        environment: &[],
        completed: OURS_COMPLETED,
        claim: OUR_CLAIM,
        accounts: Accounts::Known,
        how: "`submit`, `submit_batch`, `claim` and `complete` of the domain: debited by account, and a result kept, \
              here of one byte; one lane; its bells (`LISTEN`/`NOTIFY`)",
    },
    Contender {
        name: "tintype without money",
        made: Made::Here,
        environment: &[("BENCH_WITHOUT_MONEY", "1")],
        completed: OURS_COMPLETED,
        claim: OUR_CLAIM,
        accounts: Accounts::Known,
        how: "the same tables, claim and completion; enqueued by a statement that skips account and ledger",
    },
    Contender {
        name: "awa",
        made: Made::Cargo("awa"),
        environment: &[],
        completed: "select (select coalesce(sum(completed_count), 0) from awa.receipt_completion_batches)::bigint
            + (select coalesce(sum(pruned_completed_count), 0) from awa.queue_terminal_rollups)::bigint
            + (select count(*) from awa.done_entries) + 0 * $1",
        claim: "%claim_ready_runtime(%",
        accounts: Accounts::Unknown,
        how: "queue storage; `insert_many`, `enqueue_params_copy` for more than 20; `LISTEN`/`NOTIFY`; \
              `deadline_duration` 0 as in its own benchmark (claims and completions in compact batches)",
    },
    Contender {
        name: "graphile_worker",
        made: Made::Cargo("graphile_worker"),
        environment: &[],
        completed: GRAPHILE_COMPLETED,
        claim: GRAPHILE_CLAIM,
        accounts: Accounts::Unknown,
        how: "`add_raw_job`, `add_raw_jobs`; a local queue, which locks 100 jobs ahead; \
              `complete_job_batch_delay` 1 ms; `LISTEN`/`NOTIFY`; completed jobs are deleted",
    },
    Contender {
        name: "underway",
        made: Made::Cargo("underway"),
        environment: &[],
        completed: "select count(*) + 0 * $1 from underway.task where state = 'succeeded'",
        claim: "%with available_task as%",
        accounts: Accounts::Unknown,
        how: "`enqueue`, `enqueue_multi`; one worker, `LISTEN`/`NOTIFY`; polls every 10 ms instead of every minute, \
              for only a poll or a notification fills another slot",
    },
    Contender {
        name: "pg-boss (Node)",
        made: Made::Npm("pg-boss"),
        environment: &[],
        completed: "select count(*) + 0 * $1 from pgboss.job where name = 'bench' and state = 'completed'",
        claim: "%next as (%skip locked%",
        accounts: Accounts::Unknown,
        how: "`send`, `insert`; `localConcurrency` × `batchSize` = 2 × 2, 4 × 4, 4 × 16, and for one slot 1 × 2 run one \
              by one; `burstWhenBatchFull`; `LISTEN`/`NOTIFY`",
    },
    Contender {
        name: "graphile-worker (Node)",
        made: Made::Npm("graphile-worker-js"),
        environment: &[],
        completed: GRAPHILE_COMPLETED,
        claim: GRAPHILE_CLAIM,
        accounts: Accounts::Unknown,
        how: "`addJob`, `addJobs`; `localQueue` of 100 jobs locked ahead; `completeJobBatchDelay` 0; `LISTEN`/`NOTIFY`; \
              completed jobs are deleted",
    },
];

const OURS_COMPLETED: &str = "select count(*) + 0 * $1 from job where state = 'completed'";
const OUR_CLAIM: &str = "%claimed as (%update queue%";
const GRAPHILE_COMPLETED: &str = "select $1 - count(*) from graphile_worker._private_jobs";
const GRAPHILE_CLAIM: &str = "%j_raw as (%";

/// Where this benchmark's sources are.
pub(crate) fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Contender {
    /// Its database.
    pub(crate) fn database(&self) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
        format!("bench_{}", self.name.chars().map(plain).collect::<String>())
    }

    /// The folder that it is built in.
    pub(crate) fn folder(&self) -> PathBuf {
        match self.made {
            Made::Here => home().to_owned(),
            Made::Cargo(folder) | Made::Npm(folder) => home().join("peers").join(folder),
        }
    }

    /// What runs it, and with which first arguments.
    pub(crate) fn program(&self) -> (PathBuf, Vec<PathBuf>) {
        let built = home().join("target/release");
        match self.made {
            Made::Here => (built.join("ours"), Vec::new()),
            Made::Cargo(folder) => (built.join(format!("peer-{folder}")), Vec::new()),
            Made::Npm(_) => {
                // A Node of its own: peers need a newer one than Debian has.
                let folder = self.folder();
                (folder.join("node_modules/node/bin/node"), vec![folder.join("main.mjs")])
            }
        }
    }
}
