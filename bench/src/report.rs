//! The report: what was measured, and where, as Markdown and as JSON.

mod about;
mod markdown;

pub(crate) use about::About;

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::contenders::home;
use crate::table::Table;

/// Writes `results/queue.md` and `results/queue.json`.
pub(crate) fn write(table: &Table, about: &About, took: Duration) -> anyhow::Result<()> {
    let folder = home().join("results");
    std::fs::create_dir_all(&folder)?;
    let minutes = took.as_secs_f64() / 60.0;
    let json = json!({ "minutes": minutes, "about": about, "figures": table.figures, "gaps": table.gaps });
    let text = format!("{}\n", serde_json::to_string_pretty(&json)?);
    std::fs::write(folder.join("queue.json"), text).context("writing queue.json")?;
    std::fs::write(folder.join("queue.md"), markdown::write(table, about, minutes)).context("writing queue.md")?;
    eprintln!("wrote bench/results/queue.md and queue.json after {minutes:.1} minutes");
    Ok(())
}
