//! The report: right and wrong by group, as Markdown and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use cases::{Case, Group, Verdict};
use serde::Serialize;
use serde_json::{Value, json};

use crate::contenders::bench_dir;
use crate::server::Server;

/// All results.
#[derive(Debug, Default)]
pub(super) struct Results {
    contenders: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    gaps: Vec<(String, String)>,
}

/// One case with one contender.
#[derive(Debug, Serialize)]
struct Row {
    contender: &'static str,
    id: String,
    group: Group,
    contract: bool,
    right: bool,
    found: Vec<Value>,
    expected: Vec<Value>,
}

/// The versions of the run.
#[derive(Debug, Serialize)]
pub(super) struct RunInfo {
    day: String,
    chromium: String,
}

impl RunInfo {
    /// Collects them.
    pub(super) async fn of(server: &Server, chromium: &Path) -> anyhow::Result<Self> {
        let day: (String,) = sqlx::query_as("select current_date::text").fetch_one(&server.admin).await?;
        let output = tokio::process::Command::new(chromium).arg("--version").output().await;
        let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        Ok(Self { day: day.0, chromium: version.unwrap_or_default() })
    }
}

impl Results {
    /// Adds a contender, a column of the table.
    pub(super) fn add_contender(&mut self, name: &'static str, version: &str) {
        self.contenders.push((name, version.to_owned()));
    }

    /// Adds a case.
    pub(super) fn add(&mut self, contender: &'static str, case: &Case, verdict: Verdict) {
        let right = verdict.is_right();
        eprintln!("{contender}: {} {}", if right { "right" } else { "WRONG" }, case.id);
        let Verdict { id, found, expected, wrong: _ } = verdict;
        self.rows.push(Row { contender, id, group: case.group, contract: case.contract, right, found, expected });
    }

    /// Adds what could not be compared.
    pub(super) fn add_gap(&mut self, what: &str, error: &anyhow::Error) {
        let why = format!("{error:#}").replace(&bench_dir().display().to_string(), "bench").replace('\n', " ");
        let why: String = why.chars().take(300).collect();
        eprintln!("gap: {what}: {why}");
        self.gaps.push((what.to_owned(), why));
    }

    /// Returns the number of right cases and of all, without those about our API alone.
    fn count(&self, contender: &str, group: Option<Group>) -> (usize, usize) {
        let counts =
            |row: &&Row| row.contender == contender && !row.contract && group.is_none_or(|group| row.group == group);
        let rows: Vec<&Row> = self.rows.iter().filter(counts).collect();
        (rows.iter().filter(|row| row.right).count(), rows.len())
    }
}

/// Writes `results/fidelity.md` and `results/fidelity.json`.
pub(super) fn write(results: &Results, run_info: &RunInfo) -> anyhow::Result<()> {
    let dir = bench_dir().join("results");
    std::fs::create_dir_all(&dir)?;
    let contenders: Vec<_> = results
        .contenders
        .iter()
        .map(|(name, version)| {
            let (right, of) = results.count(name, None);
            json!({ "name": name, "version": version, "right": right, "of": of })
        })
        .collect();
    let json = json!({ "about": run_info, "contenders": contenders, "rows": results.rows, "gaps": results.gaps });
    let text = format!("{}\n", serde_json::to_string_pretty(&json)?);
    std::fs::write(dir.join("fidelity.json"), text).context("writing fidelity.json")?;
    let text = markdown(results, run_info)?;
    print!("{text}");
    std::fs::write(dir.join("fidelity.md"), text).context("writing fidelity.md")
}

fn markdown(results: &Results, run_info: &RunInfo) -> anyhow::Result<String> {
    let names: Vec<&str> = results.contenders.iter().map(|(name, _)| *name).collect();
    let mut text = format!("# Fidelity\n\n{}, {}", run_info.day, run_info.chromium);
    for (name, version) in &results.contenders {
        write!(text, "; {name}, {version}")?;
    }
    writeln!(text, ".\n\nRight cases, of those that every contender renders:\n\n| kind | {} |", names.join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(names.len()))?;
    let kinds = Group::ALL.into_iter().map(|group| (group.title(), Some(group)));
    for (title, group) in kinds.chain([("**all**", None)]) {
        write!(text, "| {title} |")?;
        for name in &names {
            let (right, of) = results.count(name, group);
            write!(text, " {right} of {of} |")?;
        }
        writeln!(text)?;
    }
    writeln!(text, "\nWrong cases:\n")?;
    for (name, ids) in wrong(results) {
        writeln!(text, "* {name}: {}", ids.join(", "))?;
    }
    for (what, why) in &results.gaps {
        writeln!(text, "* not compared: {what}: {why}")?;
    }
    Ok(text)
}

fn wrong(results: &Results) -> BTreeMap<&str, Vec<&str>> {
    let mut wrong: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in results.rows.iter().filter(|row| !row.right) {
        wrong.entry(row.contender).or_default().push(&row.id);
    }
    wrong
}
