//! The report: every round and the summary, as Markdown and as JSON.

mod markdown;
mod ratios;
mod run_info;

pub(crate) use run_info::RunInfo;

use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use serde_json::json;

use super::plan::{Case, Renderer, Section};
use super::round::Round;
use super::tintype::StaticLane;
use crate::contenders::bench_dir;
use crate::table::median;

/// The share of documents that must have taken the static lane where its speed is measured.
const MIN_IN_LANE: f64 = 0.95;

/// All measurements.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// Rows, in the order of their first rounds.
    rows: Vec<Row>,
    failed: Vec<Case>,
    gaps: Vec<Gap>,
    audits: Vec<Audit>,
}

/// What `tintype audit` found after a section.
#[derive(Debug, Serialize)]
struct Audit {
    section: Section,
    violations: Vec<String>,
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

    /// Adds what `tintype audit` found after a section.
    pub(crate) fn add_audit(&mut self, section: Section, violations: Vec<String>) {
        eprintln!("audit after {section:?}: {} violations", violations.len());
        for violation in violations.iter().take(3) {
            eprintln!("    violated: {violation}");
        }
        self.audits.push(Audit { section, violations });
    }

    /// Returns what must not happen, and has: violated invariants, more memory than Tintype's browsers may
    /// use, and documents that did not take the static lane.
    pub(crate) fn problems(&self) -> Vec<String> {
        let violation = |audit: &Audit| {
            let found = audit.violations.iter();
            found.map(|it| format!("`tintype audit` after {:?}: {it}", audit.section)).collect::<Vec<_>>()
        };
        let audits = self.audits.iter().flat_map(violation);
        let rows = self.rows.iter();
        audits.chain(rows.flat_map(|row| row.excess_memory().into_iter().chain(row.missed_lane()))).collect()
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

    /// Returns the greatest value of all rounds.
    fn max(&self, of: impl Fn(&Round) -> f64) -> f64 {
        self.rounds.iter().map(of).fold(f64::NAN, f64::max)
    }

    /// Describes by how much all browsers together exceeded Tintype's limit.
    fn excess_memory(&self) -> Option<String> {
        let Renderer::Tintype(case) = self.case.renderer else { return None };
        let (peak, limit) = (self.max(|round| round.peak_mb), case.settings.pool.limit_mb()?);
        let what = || format!("{}, {}", self.case.kind.name(), case.title().replace("**", ""));
        (peak > limit).then(|| format!("{}: {peak:.0} MB for browsers, the limit is {limit:.0}", what()))
    }

    /// Describes how many documents took the static lane, if it was on and they did not.
    fn missed_lane(&self) -> Option<String> {
        let Renderer::Tintype(case) = self.case.renderer else { return None };
        let share = |round: &Round| Some(round.in_lane? / f64::from(u32::try_from(round.renders).ok()?));
        let least = self.rounds.iter().filter_map(share).reduce(f64::min)?;
        let what = || format!("{}, {}", self.case.kind.name(), case.title().replace("**", ""));
        let missed = case.settings.lane == StaticLane::On && least < MIN_IN_LANE;
        missed.then(|| format!("{}: only {:.0} % of the documents took the static lane", what(), least * 100.0))
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
    let json = json!({
        "minutes": minutes,
        "about": run_info,
        "rows": rows,
        "ratios": ratios,
        "audits": results.audits,
        "problems": results.problems(),
        "gaps": results.gaps,
    });
    let text = format!("{}\n", serde_json::to_string_pretty(&json)?);
    std::fs::write(dir.join("render.json"), text).context("writing render.json")?;
    let text = markdown::write(results, &ratios, run_info, minutes);
    std::fs::write(dir.join("render.md"), text).context("writing render.md")?;
    eprintln!("wrote bench/results/render.md and render.json after {minutes:.1} minutes");
    Ok(())
}
