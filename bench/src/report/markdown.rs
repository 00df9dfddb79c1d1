//! The report as Markdown: a table for each section, a row for each contender.

use std::fmt::Write;

use super::About;
use crate::plan::Section;
use crate::table::{Figure, Table};

/// The whole report.
pub(super) fn write(table: &Table, about: &About, minutes: f64) -> String {
    let mut text = format!(
        "# Job queues on Postgres, side by side\n\n\
         Written by `just bench queue`; the figures of each run are in `queue.json`.\n\
         One Postgres, durability on, one contender at a time on a fresh database of its own; {} run(s) each, the median \
         counts; {minutes:.0} minutes in all.\n",
        about.plan.runs
    );
    for section in Section::ALL {
        text += &in_section(table, about, section);
    }
    text + &gaps(table) + &setting(about)
}

/// What a section measures.
fn title(section: Section, about: &About) -> (&'static str, String) {
    let plan = &about.plan;
    match section {
        Section::Enqueue => ("Enqueue", "Jobs a second with 256 bytes of options each, 8 callers at once. Who knows no accounts has one figure.".to_owned()),
        Section::Drain => ("Drain", "Jobs a second with so many slots and a job of 1 ms without a result, from the start of the first to the last completion that the database shows.".to_owned()),
        Section::Latency => ("Start latency", "From the call of an enqueue, one by one at half of what 4 slots drain (500/s at most), to the start of the job.".to_owned()),
        Section::Wal => ("Write-ahead log", format!("{} jobs, enqueued by 20 and worked off with 16 slots.", plan.wal_jobs)),
        Section::Fairness => ("Fairness", format!("One account dumps {} jobs, then another submits 10; then 4 slots begin. Once.", plan.dump)),
        Section::Held => ("A held transaction", format!("200 jobs a second and 4 slots, while a snapshot in the same database is held for {:.0} s; parts are the first and last {:.0} s. Once; up to four contenders at a time, each in a database of its own. Claims that found nothing count.", plan.held.as_secs_f64(), plan.held_part().as_secs_f64())),
    }
}

fn in_section(table: &Table, about: &About, section: Section) -> String {
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
    let (name, what) = title(section, about);
    let mut text = format!("\n## {name}\n\n{what}\n\n|");
    for (case, unit) in &cases {
        let _ = write!(text, " | {case}, {unit}");
    }
    let _ = writeln!(text, " |\n|---{}|", "|--:".repeat(cases.len()));
    for contender in &about.contenders {
        let cells = cases.iter().map(|(case, _)| cell(table.find(section, contender.name, case)));
        let _ = writeln!(text, "| {} | {} |", contender.name, cells.collect::<Vec<_>>().join(" | "));
    }
    text
}

/// A figure, as it is read best; a dash where there is none.
fn cell(figure: Option<&Figure>) -> String {
    let Some(figure) = figure.filter(|it| it.median.is_finite()) else { return "–".to_owned() };
    let number = match figure.median {
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => grouped(&format!("{large:.0}")),
    };
    if figure.at_least { format!("> {number}") } else { number }
}

/// Digits in groups of three.
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

fn setting(about: &About) -> String {
    let mut text = "\n## Contenders\n\n| | version | set up |\n|---|---|---|\n".to_owned();
    for it in &about.contenders {
        let _ = writeln!(text, "| {} | {} | {} |", it.name, it.version, it.how);
    }
    let versions: Vec<String> = about.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let settings: Vec<String> = about.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
    let _ = write!(
        text,
        "\n## Setting\n\n{}; {} processors, load before {}; {}.\n\nPostgres: {}; data on a disk; before each measurement \
         a database copied from a prepared one, `analyze` and a checkpoint.\n",
        about.day,
        about.processors,
        about.load_before.as_deref().unwrap_or("unknown"),
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
