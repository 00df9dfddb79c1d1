//! The report: every turn, and what it all says, as Markdown and as JSON.

mod about;
mod markdown;
mod ratios;

pub(crate) use about::About;

use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use serde_json::json;

use super::plan::Case;
use super::turn::Turn;
use crate::contenders::home;
use crate::table::median;

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Rows, in the order of their first turns.
    rows: Vec<Row>,
    failed: Vec<Case>,
    gaps: Vec<Gap>,
}

/// One case, and its turns.
#[derive(Debug)]
struct Row {
    case: Case,
    turns: Vec<Turn>,
}

/// What could not be measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Gap {
    what: String,
    why: String,
}

impl Gap {
    /// Because of this error.
    pub(crate) fn of(what: &str, error: &anyhow::Error) -> Self {
        let why = format!("{error:#}").replace(&home().display().to_string(), "bench").replace('\n', " ");
        let why: String = why.chars().take(300).collect();
        eprintln!("gap: {what}: {why}");
        Self { what: what.to_owned(), why }
    }
}

impl Results {
    /// Notes a turn.
    pub(crate) fn note(&mut self, case: Case, turn: Turn) {
        let void = if turn.is_void() { "  (void)" } else { "" };
        eprintln!(
            "{}, {}, {} at once: {:.1}/s, CPU-ms {:.0} + {:.1} + {:.1}, foreign {:.1} %{void}",
            case.kind.name(),
            case.who.title().replace("**", ""),
            case.at_once,
            turn.rate,
            turn.browser_ms,
            turn.postgres_ms,
            turn.rest_ms,
            turn.foreign * 100.0,
        );
        for fault in turn.faults.iter().take(2) {
            eprintln!("    fault: {fault}");
        }
        match self.rows.iter_mut().find(|row| row.case == case) {
            Some(row) => row.turns.push(turn),
            None => self.rows.push(Row { case, turns: vec![turn] }),
        }
    }

    /// Notes what could not be installed.
    pub(crate) fn gap(&mut self, what: &str, error: &anyhow::Error) {
        self.gaps.push(Gap::of(what, error));
    }

    /// Notes that a case cannot be measured.
    pub(crate) fn fail(&mut self, case: Case, gap: Gap) {
        self.failed.push(case);
        self.gaps.push(gap);
    }

    /// Whether a case cannot be measured.
    pub(crate) fn failed(&self, case: Case) -> bool {
        self.failed.contains(&case)
    }

    /// Whether a case has fewer turns that count than this.
    pub(crate) fn lacks(&self, case: Case, turns: usize) -> bool {
        self.row(case).is_some_and(|row| row.turns.iter().filter(|turn| !turn.is_void()).count() < turns)
    }

    fn row(&self, case: Case) -> Option<&Row> {
        self.rows.iter().find(|row| row.case == case)
    }
}

impl Row {
    /// The turns that count: if all are void, all of them, for want of better.
    fn counted(&self) -> Vec<&Turn> {
        let valid: Vec<&Turn> = self.turns.iter().filter(|turn| !turn.is_void()).collect();
        if valid.is_empty() { self.turns.iter().collect() } else { valid }
    }

    /// The median of something, over the turns that count.
    fn median(&self, of: impl Fn(&Turn) -> f64) -> f64 {
        median(&self.counted().into_iter().map(of).collect::<Vec<_>>())
    }

    /// How many turns are void.
    fn void(&self) -> usize {
        self.turns.iter().filter(|turn| turn.is_void()).count()
    }
}

/// Writes `results/render.md` and `results/render.json`.
pub(crate) fn write(results: &Results, about: &About, took: Duration) -> anyhow::Result<()> {
    let folder = home().join("results");
    std::fs::create_dir_all(&folder)?;
    let minutes = took.as_secs_f64() / 60.0;
    let rows: Vec<_> = results
        .rows
        .iter()
        .map(|row| {
            json!({
                "section": row.case.section,
                "kind": row.case.kind,
                "contender": row.case.who.title().replace("**", ""),
                "at_once": row.case.at_once,
                "turns": row.turns,
            })
        })
        .collect();
    let ratios = ratios::all(results);
    let json = json!({ "minutes": minutes, "about": about, "rows": rows, "ratios": ratios, "gaps": results.gaps });
    let text = format!("{}\n", serde_json::to_string_pretty(&json)?);
    std::fs::write(folder.join("render.json"), text).context("writing render.json")?;
    let text = markdown::write(results, &ratios, about, minutes);
    std::fs::write(folder.join("render.md"), text).context("writing render.md")?;
    eprintln!("wrote bench/results/render.md and render.json after {minutes:.1} minutes");
    Ok(())
}
