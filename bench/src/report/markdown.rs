//! The report as Markdown: a table for each section, a row for each contender.

use std::fmt::Write;

use super::{RunInfo, ratios};
use crate::multixact::Multixacts;
use crate::plan::Section;
use crate::table::{Figure, Table};

/// Writes the whole report.
pub(super) fn write(table: &Table, run_info: &RunInfo, minutes: f64) -> String {
    let mut text = format!(
        "# Job queues on Postgres compared\n\n\
         Written by `just bench queue`; the figures of each run are in `queue.json`.\n\
         One Postgres with durability on; one contender at a time, on a fresh database; median of {} run(s); \
         {minutes:.0} minutes in total.\n",
        run_info.plan.runs
    );
    for section in Section::ALL {
        text += &in_section(table, run_info, section);
    }
    text + &ratios(table) + &multixacts(table, run_info) + &problems(table) + &gaps(table) + &environment(run_info)
}

/// Describes what a section measures.
fn title(section: Section, run_info: &RunInfo) -> (&'static str, String) {
    let plan = &run_info.plan;
    match section {
        Section::Enqueue => ("Enqueue", "Jobs per second with 256 bytes of options each and 8 concurrent callers. Contenders without accounts have one figure.".to_owned()),
        Section::Drain => ("Drain", "Jobs per second by number of slots. A job takes 1 ms and has no result. Measured from the start of the first job to the last completion in the database.".to_owned()),
        Section::Processes => ("Processes", "Jobs per second with 64 slots, in one process, and shared by two and by four, each of which has connections of its own. Measured as in *Drain*.".to_owned()),
        Section::Latency => ("Start latency", "The time from the call that enqueues a job to its start. Jobs are enqueued one by one at half the drain rate of 4 slots (at most 500/s).".to_owned()),
        Section::Wal => ("Write-ahead log", format!("{} jobs, enqueued in batches of 20 and drained with 16 slots.", plan.wal_jobs)),
        Section::Fairness => ("Fairness", format!("One account submits {} jobs, then another submits 10; then 4 slots start. One run.", plan.dump)),
        Section::Held => ("A held transaction", format!("200 jobs per second and 4 slots, while a transaction holds a snapshot in the same database for {:.0} s. The parts are the first and the last {:.0} s. One run; up to four contenders at a time, each in its own database. Empty claims count.", plan.held.as_secs_f64(), plan.held_window().as_secs_f64())),
    }
}

fn in_section(table: &Table, run_info: &RunInfo, section: Section) -> String {
    let figures: Vec<&Figure> = table.figures.iter().filter(|it| it.section == section).collect();
    let mut cases: Vec<(&str, &str)> = Vec::new();
    for figure in &figures {
        if !cases.contains(&(figure.case.as_str(), figure.unit)) {
            cases.push((figure.case.as_str(), figure.unit));
        }
    }
    if cases.is_empty() {
        return String::new();
    }
    let (name, what) = title(section, run_info);
    let mut text = format!("\n## {name}\n\n{what}\n\n|");
    for (case, unit) in &cases {
        let _ = write!(text, " | {case}, {unit}");
    }
    let _ = writeln!(text, " |\n|---{}|", "|--:".repeat(cases.len()));
    for contender in &run_info.contenders {
        let cells = cases.iter().map(|(case, _)| cell(table.find(section, contender.name, case)));
        let _ = writeln!(text, "| {} | {} |", contender.name, cells.collect::<Vec<_>>().join(" | "));
    }
    text
}

/// Formats a figure for reading; a dash where there is none.
fn cell(figure: Option<&Figure>) -> String {
    let Some(figure) = figure.filter(|it| it.median.is_finite()) else { return "–".to_owned() };
    let number = rounded(figure.median);
    if figure.at_least { format!("> {number}") } else { number }
}

fn rounded(value: f64) -> String {
    match value {
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => grouped(&format!("{large:.0}")),
    }
}

/// Groups digits by three.
fn grouped(digits: &str) -> String {
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = digits;
    while let Some((head, tail)) =
        rest.len().checked_sub(3).filter(|at| *at > 0).and_then(|at| rest.split_at_checked(at))
    {
        groups.insert(0, tail);
        rest = head;
    }
    groups.insert(0, rest);
    groups.join(",")
}

fn ratios(table: &Table) -> String {
    let ratios = ratios::all(table);
    if ratios.is_empty() {
        return String::new();
    }
    let mut text = "\n## Ratios\n\nTintype, with money.\n\n| | | target |\n|---|--:|---|\n".to_owned();
    for ratio in ratios {
        let _ = writeln!(text, "| {} | {} | {} |", ratio.what, rounded(ratio.value), ratio.wanted);
    }
    text
}

/// Reports what Postgres did with multixacts in all sections that a contender had for itself.
fn multixacts(table: &Table, run_info: &RunInfo) -> String {
    if table.multixacts.is_empty() {
        return String::new();
    }
    let mut text =
        "\n## Multixacts\n\nWhat Postgres did because transactions shared row locks, in all sections (`pg_stat_slru`, \
        `pg_control_checkpoint()`). For Tintype, all must be 0. *Together* is where several contenders run at once.\n\n\
        | | created | pages read | pages written | pages zeroed |\n|---|--:|--:|--:|--:|\n"
            .to_owned();
    let names = run_info.contenders.iter().map(|it| Some(it.name)).chain([None]);
    for name in names {
        let mut used = table.multixacts.iter().filter(|it| it.contender == name).map(|it| it.used).peekable();
        if used.peek().is_none() {
            continue;
        }
        let Multixacts { created, read, written, zeroed } = used.fold(Multixacts::NONE, Multixacts::plus);
        let _ = writeln!(text, "| {} | {created} | {read} | {written} | {zeroed} |", name.unwrap_or("together"));
    }
    text
}

fn problems(table: &Table) -> String {
    let audit = "\n## Problems\n\nEach database of *tintype* was audited before it was dropped.\n\n".to_owned();
    if table.problems.is_empty() {
        return audit + "- none\n";
    }
    table.problems.iter().fold(audit, |text, problem| text + &format!("- {}\n", problem.replace('\n', " ")))
}

fn gaps(table: &Table) -> String {
    if table.gaps.is_empty() {
        return String::new();
    }
    let mut text = "\n## Gaps\n\n".to_owned();
    for gap in &table.gaps {
        let place = gap.section.map_or("everywhere".to_owned(), |section| format!("{section:?}").to_lowercase());
        let _ = writeln!(text, "- {}, {place}: {}", gap.contender, gap.why.replace('\n', " "));
    }
    text
}

fn environment(run_info: &RunInfo) -> String {
    let mut text = "\n## Contenders\n\n| | version | setup |\n|---|---|---|\n".to_owned();
    for it in &run_info.contenders {
        let _ = writeln!(text, "| {} | {} | {} |", it.name, it.version, it.how);
    }
    let versions: Vec<String> = run_info.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let settings: Vec<String> = run_info.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
    let _ = write!(
        text,
        "\n## Environment\n\n{}; {} processors, load average before the run {}; {}.\n\nPostgres: {}; data on disk; each measurement starts \
         with a copy of a prepared database, `analyze` and a checkpoint.\n",
        run_info.day,
        run_info.processors,
        run_info.load_before.as_deref().unwrap_or("unknown"),
        versions.join(", "),
        settings.join(", "),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_are_grouped_by_three() {
        for (digits, expected) in [("1", "1"), ("123", "123"), ("1234", "1,234"), ("1234567", "1,234,567")] {
            assert_eq!(grouped(digits), expected);
        }
    }
}
