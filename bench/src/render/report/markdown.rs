//! The report as Markdown: a table for each kind of page, then the ratios.

use std::fmt::Write;

use super::ratios::Ratio;
use super::{About, Results, Row};
use crate::render::plan::{Case, GIVEN_LIMIT, LIMIT, Section, Who};

/// The whole report.
pub(super) fn write(results: &Results, ratios: &[Ratio], about: &About, minutes: f64) -> String {
    let plan = &about.plan;
    let mut text = format!(
        "# Rendering, side by side\n\n\
         Written by `just bench render`; every turn is in `render.json`. One binary, one corpus on {} sites, one viewport \
         (1280 × 720), one event (`load`), the same outputs; {} turn(s) of {} s each, forth and back (A B C, C B A), the \
         median counts; {minutes:.0} minutes in all.\n\n\
         CPU-ms are of processors, for each good render: *browser* is its whole tree, *the rest* is all else of the \
         contender (Tintype: API and worker; a raw loop: its client; a library: its Node), the HTTP client and the sites \
         apart. Every file is checked: signature, pixels, pages, bytes. *kB* is of a file, *MB* is of the browsers for each \
         render at a time, what they share counted once. A turn is void while others use more than 5 % of the machine: \
         *turns* says how many counted; † stands where none did and all were taken.\n",
        crate::render::site::SITES,
        plan.rounds,
        plan.seconds,
    );
    for section in Section::ALL {
        text += &in_section(results, section, plan.at_once);
    }
    text + &ratios_of(ratios) + &gaps(results) + &setting(about)
}

fn title(section: Section, at_once: usize) -> (&'static str, String) {
    match section {
        Section::Url => ("Pages by URL", format!("{at_once} at once, over many sites; Tintype with {at_once} slots.")),
        Section::Html => {
            ("Documents that are given", format!("{at_once} at once, one account: Tintype's `html` jobs."))
        }
        Section::Accounts => {
            ("Accounts", format!("{at_once} slots; no browser process serves two accounts. Calls and batches in turn."))
        }
        Section::AtOnce => ("Fewer and more at once", "The tiny page.".to_owned()),
    }
}

fn in_section(results: &Results, section: Section, at_once: usize) -> String {
    let rows: Vec<&Row> = results.rows.iter().filter(|row| row.case.section == section).collect();
    let mut groups: Vec<Case> = Vec::new();
    for row in &rows {
        if !groups.iter().any(|case| same_group(case, &row.case)) {
            groups.push(row.case);
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let (name, what) = title(section, at_once);
    let mut text = format!("\n## {name}\n\n{what}\n");
    for group in groups {
        let of_group: Vec<&Row> = rows.iter().copied().filter(|row| same_group(&group, &row.case)).collect();
        text += &table(&group, &of_group);
    }
    text
}

fn same_group(one: &Case, other: &Case) -> bool {
    one.kind == other.kind && one.at_once == other.at_once
}

fn table(group: &Case, rows: &[&Row]) -> String {
    // Each has a limit of its own: documents that are given cost less.
    let limit_of = |row: &Row| {
        let limit = if row.case.who.is_given() { GIVEN_LIMIT } else { LIMIT };
        rows.iter().find(|row| row.case.who == limit).map(|row| row.median(|turn| turn.rate))
    };
    let name = match group.section {
        Section::AtOnce => format!("{} at once", group.at_once),
        Section::Url | Section::Html | Section::Accounts => group.kind.title().to_owned(),
    };
    let mut text = format!(
        "\n### {name}\n\n| | renders/s | ÷ limit | CPU-ms browser | Postgres | the rest | p50, ms | p95, ms | kB | MB | \
         turns |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for row in rows {
        let rate = row.median(|turn| turn.rate);
        let is_ours = matches!(row.case.who, Who::Tintype { .. });
        let cells = [
            figure(rate),
            limit_of(row).map_or("–".to_owned(), |limit| format!("{:.2}", rate / limit)),
            figure(row.median(|turn| turn.browser_ms)),
            if is_ours { figure(row.median(|turn| turn.postgres_ms)) } else { "–".to_owned() },
            figure(row.median(|turn| turn.rest_ms)),
            figure(row.median(|turn| turn.p50_ms.unwrap_or(f64::NAN))),
            figure(row.median(|turn| turn.p95_ms.unwrap_or(f64::NAN))),
            figure(row.median(|turn| turn.bytes) / 1000.0),
            figure(row.median(|turn| turn.memory_mb)),
            turns(row),
        ];
        let _ = writeln!(text, "| {} | {} |", row.case.who.title(), cells.join(" | "));
    }
    text
}

fn turns(row: &Row) -> String {
    let (all, void) = (row.turns.len(), row.void());
    let faults = row.turns.iter().map(|turn| turn.faults.len()).sum::<usize>();
    let counted = if void == all { format!("{all}†") } else { (all - void).to_string() };
    if faults == 0 { counted } else { format!("{counted}, {faults} bad") }
}

/// A figure, as it is read best; a dash where there is none.
fn figure(value: f64) -> String {
    match value {
        none if !none.is_finite() => "–".to_owned(),
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

fn ratios_of(ratios: &[Ratio]) -> String {
    let mut text =
        "\n## Ratios\n\nTintype end to end, of one account where nothing else is said. The honest limit of the \
        full page is the faster of its two ways to compress.\n\n\
        | | synchronous | synchronous, as many waiting | bulk | wanted |\n|---|--:|--:|--:|---|\n"
            .to_owned();
    for ratio in ratios {
        let cells = ratio.values.map(|value| value.map_or("–".to_owned(), |it| format!("{it:.2}")));
        let _ = writeln!(text, "| {} | {} | {} |", ratio.what, cells.join(" | "), ratio.wanted);
    }
    text
}

fn gaps(results: &Results) -> String {
    let mut text = String::new();
    for gap in &results.gaps {
        let _ = writeln!(text, "- {}: {}", gap.what, gap.why);
    }
    let bad = |row: &&Row| row.turns.iter().any(|turn| !turn.faults.is_empty());
    for row in results.rows.iter().filter(bad) {
        let faults: Vec<&String> = row.turns.iter().flat_map(|turn| &turn.faults).collect();
        let first = faults.first().map_or("", |fault| fault.as_str());
        let who = row.case.who.title().replace("**", "");
        let _ = writeln!(text, "- {who}, {}: {} bad renders: {first}", row.case.kind.name(), faults.len());
    }
    if text.is_empty() { text } else { format!("\n## Gaps\n\n{text}") }
}

fn setting(about: &About) -> String {
    let versions: Vec<String> = about.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let settings: Vec<String> = about.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
    let flags: Vec<String> = about.flags.iter().map(|flag| format!("`{flag}`")).collect();
    format!(
        "\n## Setting\n\n{}; {} processors, load before {}; {}; {}. Fonts of the article: {}.\n\n\
         The raw loops carry the flags of Tintype's browsers except the proxy's, and those for speed ({}) only where \
         their row says so: {}. They and the peers run as an unprivileged user, sandboxed, except browserless, which always turns the sandbox off; peers bring flags of their \
         own. PDFs are tagged everywhere.\n\nPostgres: {}; data on a disk.\n",
        about.day,
        about.processors,
        about.load_before,
        versions.join(", "),
        about.tintype_built,
        about.fonts,
        crate::render::raw::FAST.map(|flag| format!("`{flag}`")).join(", "),
        flags.join(" "),
        settings.join(", "),
    )
}
