//! Compares `POST /v1/screenshot` with `async_mode` with what Postgres does of the same work alone.
//!
//! Both run in turn on one Postgres: pgbench executes a hand-written statement that debits an account
//! and inserts the rows of a job, and the API accepts jobs over HTTP. No worker runs.

mod client;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::sleep;

use crate::contenders::bench_dir;
use crate::render::{Programs, free_port};
use crate::server::Server;
use client::{Submitted, submit_for};

/// The accounts, each with one key.
const ACCOUNTS: usize = 100;

/// The connections of either side.
const CONNECTIONS: usize = 16;

/// How often the two sides take turns.
const ROUNDS: usize = 3;

/// The arguments of `api`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long each side runs in each round
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    seconds: u16,
    /// The directory of existing Tintype binaries; without it, they are built in release mode
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// One line of the report.
#[derive(Debug)]
struct Line {
    keys: usize,
    postgres: f64,
    api: f64,
    p50: f64,
    p99: f64,
}

/// Measures with one hot key, and with 100 keys.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let server = Server::start()?;
    crate::database::execute(&server.admin, "create database tintype").await?;
    let programs = Programs::prepare(args.programs.as_deref(), server.dir(), server.url("tintype"), 80).await?;
    programs.cli(&["migrate"]).await?;
    let mut keys = Vec::new();
    for number in 0..ACCOUNTS {
        let name = format!("bench-{number}");
        programs.cli(&["account", "create", &name, "--credits", "100000000"]).await?;
        let created = programs.cli(&["key", "create", "--account", &name, "--json"]).await?;
        let created: Value = serde_json::from_str(&created)?;
        keys.push(created.get("key").and_then(Value::as_str).context("no key in the output")?.to_owned());
    }
    let host = format!("127.0.0.1:{}", free_port()?);
    let _api = programs.api(&host)?;
    while tokio::net::TcpStream::connect(&host).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    let mut lines = Vec::new();
    for accounts in [1, ACCOUNTS] {
        let keys = keys.get(..accounts).context("not enough keys")?;
        lines.push(compare(&server, &host, keys, args.seconds).await?);
    }
    write(&lines, args.seconds)
}

/// Returns the medians of some rounds.
async fn compare(server: &Server, host: &str, keys: &[String], seconds: u16) -> anyhow::Result<Line> {
    let duration = Duration::from_secs(seconds.into());
    let (mut postgres, mut api) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let statements = pgbench(server, keys.len(), seconds).await?;
        let submitted = submit_for(host, keys, CONNECTIONS, duration).await?;
        eprintln!(
            "{} keys, round {round}: {statements:.0} statements/s, {:.0} requests/s, p99 {:.1} ms",
            keys.len(),
            submitted.per_second,
            submitted.p99
        );
        postgres.push(statements);
        api.push(submitted);
    }
    postgres.sort_by(f64::total_cmp);
    api.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    let statements = *postgres.get(ROUNDS / 2).context("no round")?;
    let Submitted { per_second, p50, p99 } = *api.get(ROUNDS / 2).context("no round")?;
    Ok(Line { keys: keys.len(), postgres: statements, api: per_second, p50, p99 })
}

/// Executes the hand-written statement, and returns how often per second.
async fn pgbench(server: &Server, accounts: usize, seconds: u16) -> anyhow::Result<f64> {
    let script = bench_dir().join("api.sql");
    let mut command = Command::new(server.bin_dir().join("pgbench"));
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.arg(format!("--client={CONNECTIONS}")).arg(format!("--time={seconds}"));
    command.arg(format!("--define=accounts={accounts}")).arg("--file").arg(script).arg(server.url("tintype"));
    let output = command.stdin(Stdio::null()).output().await.context("running pgbench")?;
    ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")).and_then(|tps| tps.split(' ').next());
    tps.and_then(|tps| tps.parse().ok()).context("pgbench reported no tps")
}

fn write(lines: &[Line], seconds: u16) -> anyhow::Result<()> {
    let mut markdown = format!(
        "# Submitting over HTTP\n\n`bench/run api --seconds {seconds}`: `POST /v1/screenshot` with `async_mode` against \
        pgbench with a hand-written statement, {CONNECTIONS} connections each, in turn on one Postgres; the medians of \
        {ROUNDS} rounds.\n\n| keys | pgbench, statements/s | API, requests/s | ratio | p50 | p99 |\n|---|---|---|---|---|---|\n"
    );
    let mut results = Vec::new();
    for Line { keys, postgres, api, p50, p99 } in lines {
        let ratio = api / postgres;
        let _ = writeln!(markdown, "| {keys} | {postgres:.0} | {api:.0} | {ratio:.2} | {p50:.1} ms | {p99:.1} ms |");
        results.push(json!({"keys": keys, "postgres": postgres, "api": api, "p50_ms": p50, "p99_ms": p99}));
    }
    print!("{markdown}");
    let dir = bench_dir().join("results");
    std::fs::create_dir_all(&dir)?;
    std::fs::write(dir.join("api.md"), markdown)?;
    std::fs::write(Path::new(&dir).join("api.json"), serde_json::to_string_pretty(&results)?)?;
    Ok(())
}
