//! The report of the queue benchmark, as Markdown and as JSON.

mod markdown;
mod ratios;
mod run_info;

pub(crate) use run_info::RunInfo;

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::contenders::bench_dir;
use crate::table::Table;

/// Writes `results/queue.md` and `results/queue.json`.
pub(crate) fn write(table: &Table, run_info: &RunInfo, took: Duration) -> anyhow::Result<()> {
    let dir = bench_dir().join("results");
    std::fs::create_dir_all(&dir)?;
    let minutes = took.as_secs_f64() / 60.0;
    let json = json!({
        "minutes": minutes,
        "about": run_info,
        "figures": table.figures,
        "ratios": ratios::all(table),
        "multixacts": table.multixacts,
        "problems": table.problems,
        "gaps": table.gaps,
    });
    let text = format!("{}\n", serde_json::to_string_pretty(&json)?);
    std::fs::write(dir.join("queue.json"), text).context("writing queue.json")?;
    std::fs::write(dir.join("queue.md"), markdown::write(table, run_info, minutes)).context("writing queue.md")?;
    eprintln!("wrote bench/results/queue.md and queue.json after {minutes:.1} minutes");
    Ok(())
}
