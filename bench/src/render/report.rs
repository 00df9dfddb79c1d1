//! The report: every round and the summary, as Markdown and as JSON.

mod markdown;
mod ratios;
mod run_info;

pub(crate) use run_info::RunInfo;

use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use serde_json::json;

use super::plan::Case;
use super::round::Round;
use crate::contenders::bench_dir;
use crate::table::median;

/// All measurements.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Rows, in the order of their first rounds.
    rows: Vec<Row>,
    failed: Vec<Case>,
    gaps: Vec<Gap>,
}

/// One case, and its rounds.
#[derive(Debug)]
struct Row {
    case: Case,
    rounds: Vec<Round>,
}

/// Something that could not be measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Gap {
    what: String,
    why: String,
}

impl Gap {
    /// The error.
    pub(crate) fn of(what: &str, error: &anyhow::Error) -> Self {
        let why = format!("{error:#}").replace(&bench_dir().display().to_string(), "bench").replace('\n', " ");
        let why: String = why.chars().take(300).collect();
        eprintln!("gap: {what}: {why}");
        Self { what: what.to_owned(), why }
    }
}

impl Results {
    /// Adds a round.
    pub(crate) fn add(&mut self, case: Case, round: Round) {
        let void = if round.is_void() { "  (void)" } else { "" };
        eprintln!(
            "{}, {}, {} at once: {:.1}/s, CPU-ms {:.0} + {:.1} + {:.1}, foreign {:.1} %{void}",
            case.kind.name(),
            case.renderer.title().replace("**", ""),
            case.at_once,
            round.rate,
            round.browser_ms,
            round.postgres_ms,
            round.rest_ms,
            round.foreign * 100.0,
        );
        for fault in round.faults.iter().take(2) {
            eprintln!("    fault: {fault}");
        }
        match self.rows.iter_mut().find(|row| row.case == case) {
            Some(row) => row.rounds.push(round),
            None => self.rows.push(Row { case, rounds: vec![round] }),
        }
    }

    /// Adds what could not be installed.
    pub(crate) fn add_gap(&mut self, what: &str, error: &anyhow::Error) {
        self.gaps.push(Gap::of(what, error));
    }

    /// Marks a case as not measurable.
    pub(crate) fn mark_failed(&mut self, case: Case, gap: Gap) {
        self.failed.push(case);
        self.gaps.push(gap);
    }

    /// Whether a case is marked as not measurable.
    pub(crate) fn failed(&self, case: Case) -> bool {
        self.failed.contains(&case)
    }

    /// Whether a case has fewer valid rounds than this.
    pub(crate) fn needs_rounds(&self, case: Case, rounds: usize) -> bool {
        self.row(case).is_some_and(|row| row.rounds.iter().filter(|round| !round.is_void()).count() < rounds)
    }

    fn row(&self, case: Case) -> Option<&Row> {
        self.rows.iter().find(|row| row.case == case)
    }
}

impl Row {
    /// Returns the valid rounds, or all of them if none is valid.
    fn counted(&self) -> Vec<&Round> {
        let valid: Vec<&Round> = self.rounds.iter().filter(|round| !round.is_void()).collect();
        if valid.is_empty() { self.rounds.iter().collect() } else { valid }
    }

    /// Returns the median of a value over the valid rounds.
    fn median(&self, of: impl Fn(&Round) -> f64) -> f64 {
        median(&self.counted().into_iter().map(of).collect::<Vec<_>>())
    }

    /// Returns the number of void rounds.
    fn void(&self) -> usize {
        self.rounds.iter().filter(|round| round.is_void()).count()
    }
}

/// Writes `results/render.md` and `results/render.json`.
pub(crate) fn write(results: &Results, run_info: &RunInfo, took: Duration) -> anyhow::Result<()> {
    let dir = bench_dir().join("results");
    std::fs::create_dir_all(&dir)?;
    let minutes = took.as_secs_f64() / 60.0;
    let rows: Vec<_> = results
        .rows
        .iter()
        .map(|row| {
            json!({
                "section": row.case.section,
                "kind": row.case.kind,
                "contender": row.case.renderer.title().replace("**", ""),
                "at_once": row.case.at_once,
                "turns": row.rounds,
            })
        })
        .collect();
    let ratios = ratios::all(results);
    let json = json!({ "minutes": minutes, "about": run_info, "rows": rows, "ratios": ratios, "gaps": results.gaps });
    let text = format!("{}\n", serde_json::to_string_pretty(&json)?);
    std::fs::write(dir.join("render.json"), text).context("writing render.json")?;
    let text = markdown::write(results, &ratios, run_info, minutes);
    std::fs::write(dir.join("render.md"), text).context("writing render.md")?;
    eprintln!("wrote bench/results/render.md and render.json after {minutes:.1} minutes");
    Ok(())
}
