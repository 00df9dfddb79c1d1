//! The report as Markdown: a table for each kind of page, then the ratios.

use std::fmt::Write;

use super::ratios::Ratio;
use super::{Results, Row, RunInfo};
use crate::render::plan::{Case, HTML_LIMIT, Renderer, Section, URL_LIMIT};

/// Writes the whole report.
pub(super) fn write(results: &Results, ratios: &[Ratio], run_info: &RunInfo, minutes: f64) -> String {
    let plan = &run_info.plan;
    let mut text = format!(
        "# Rendering compared\n\n\
         Written by `just bench render`; every round is in `render.json`. The same binary, pages on {} sites, viewport \
         (1280 × 720), event (`load`) and outputs for all; median of {} round(s) of {} s each, in alternating order \
         (A B C, C B A); {minutes:.0} minutes in total.\n\n\
         CPU-ms is processor time per good render: *browser* is the browser with all its processes, *other* is everything \
         else of the contender (Tintype: API and worker; a raw loop: its client; a library: its Node), without the HTTP \
         client and the sites. Every file is verified: signature, pixels, pages, bytes. *kB* is the size of a file; *MB* is \
         the memory of the browsers per concurrent render, with shared memory counted once, and *peak* that of all \
         browsers together, and their number. A round is void if other load uses more than 5 % of the machine. *Rounds* is the number of valid rounds; † means that all were void and all \
         were used.\n",
        crate::render::site::SITES,
        plan.rounds,
        plan.seconds,
    );
    for section in Section::ALL {
        text += &in_section(results, section, plan.at_once);
    }
    text + &ratios_of(ratios) + &checks(results, run_info) + &gaps(results) + &environment(run_info)
}

fn title(section: Section, at_once: usize) -> (&'static str, String) {
    match section {
        Section::Url => {
            ("Pages by URL", format!("{at_once} concurrent renders over many sites; Tintype with {at_once} slots."))
        }
        Section::Html => {
            ("HTML documents", format!("{at_once} concurrent renders, one account: Tintype's `html` jobs."))
        }
        Section::Static => (
            "Documents that run no script and load nothing",
            format!(
                "{at_once} concurrent renders, one account: Tintype's `html` jobs with `TINTYPE_STATIC_LANE` on and \
                 off. Playwright and Puppeteer set each document into a page that they keep, one for each concurrent \
                 render, without isolating one document from the next; satori and takumi draw the same card without a \
                 browser."
            ),
        ),
        Section::Accounts => (
            "Accounts",
            format!(
                "{at_once} slots; no browser process serves two accounts. The account of each job is drawn, from the \
                 same seed in every case: uniformly, or by Zipf's law with s = 1. `TINTYPE_POOL_MEMORY` limits the \
                 memory of all browsers. Each account has rendered once before; a worker that has browsers of accounts \
                 that a case does not use is replaced before it."
            ),
        ),
        Section::AtOnce => ("Fewer and more concurrent renders", "The tiny page.".to_owned()),
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
    // Each has its own limit: documents sent with the job cost less.
    let limit_of = |row: &Row| {
        let limit = if row.case.renderer.is_html() { HTML_LIMIT } else { URL_LIMIT };
        rows.iter().find(|row| row.case.renderer == limit).map(|row| row.median(|round| round.rate))
    };
    let name = match group.section {
        Section::AtOnce => format!("{} concurrent renders", group.at_once),
        Section::Url | Section::Html | Section::Static | Section::Accounts => group.kind.title().to_owned(),
    };
    let mut text = format!(
        "\n### {name}\n\n| | renders/s | ÷ limit | CPU-ms browser | Postgres | other | p50, ms | p95, ms | kB | MB | \
         peak, MB | rounds |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for row in rows {
        let rate = row.median(|round| round.rate);
        let is_tintype = matches!(row.case.renderer, Renderer::Tintype(_));
        let cells = [
            figure(rate),
            limit_of(row).map_or("–".to_owned(), |limit| format!("{:.2}", rate / limit)),
            figure(row.median(|round| round.browser_ms)),
            if is_tintype { figure(row.median(|round| round.postgres_ms)) } else { "–".to_owned() },
            figure(row.median(|round| round.rest_ms)),
            figure(row.median(|round| round.p50_ms.unwrap_or(f64::NAN))),
            figure(row.median(|round| round.p95_ms.unwrap_or(f64::NAN))),
            figure(row.median(|round| round.bytes) / 1000.0),
            if row.max(|round| round.memory_mb) > 0.0 {
                figure(row.median(|round| round.memory_mb))
            } else {
                "–".to_owned()
            },
            peak(row),
            rounds(row),
        ];
        let _ = writeln!(text, "| {} | {} |", row.case.renderer.title(), cells.join(" | "));
    }
    text
}

/// Formats the peak memory of all rounds, and the number of browsers at that moment; a dash without browsers.
fn peak(row: &Row) -> String {
    let peak = row.rounds.iter().max_by(|one, other| one.peak_mb.total_cmp(&other.peak_mb));
    let peak = peak.filter(|round| round.browsers > 0);
    peak.map_or("–".to_owned(), |round| format!("{} ({})", figure(round.peak_mb), round.browsers))
}

fn rounds(row: &Row) -> String {
    let (all, void) = (row.rounds.len(), row.void());
    let faults = row.rounds.iter().map(|round| round.faults.len()).sum::<usize>();
    let counted = if void == all { format!("{all}†") } else { (all - void).to_string() };
    if faults == 0 { counted } else { format!("{counted}, {faults} bad") }
}

/// Formats a figure for reading; a dash where there is none.
fn figure(value: f64) -> String {
    match value {
        none if !none.is_finite() => "–".to_owned(),
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

fn checks(results: &Results, run_info: &RunInfo) -> String {
    let audited: Vec<String> = results.audits.iter().map(|audit| format!("{:?}", audit.section)).collect();
    let mut text = format!("\n## Problems\n\n`tintype audit` ran after: {}.\n\n", audited.join(", "));
    for setting in &run_info.unknown_settings {
        let _ = writeln!(text, "- The worker does not know `{setting}`, and ignored it.");
    }
    let problems = results.problems();
    if problems.is_empty() && run_info.unknown_settings.is_empty() {
        text += "- none\n";
    }
    for problem in problems {
        let _ = writeln!(text, "- {problem}");
    }
    text
}

fn ratios_of(ratios: &[Ratio]) -> String {
    let mut text =
        "\n## Ratios\n\nTintype end to end, with one account unless stated otherwise. The honest limit of the \
        full page is the faster of its two compressions.\n\n\
        | | synchronous | synchronous, as many waiting | bulk | target |\n|---|--:|--:|--:|---|\n"
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
    let bad = |row: &&Row| row.rounds.iter().any(|round| !round.faults.is_empty());
    for row in results.rows.iter().filter(bad) {
        let faults: Vec<&String> = row.rounds.iter().flat_map(|round| &round.faults).collect();
        let first = faults.first().map_or("", |fault| fault.as_str());
        let renderer = row.case.renderer.title().replace("**", "");
        let _ = writeln!(text, "- {renderer}, {}: {} bad renders: {first}", row.case.kind.name(), faults.len());
    }
    if text.is_empty() { text } else { format!("\n## Gaps\n\n{text}") }
}

fn environment(run_info: &RunInfo) -> String {
    let versions: Vec<String> = run_info.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let settings: Vec<String> = run_info.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
    let flags: Vec<String> = run_info.flags.iter().map(|flag| format!("`{flag}`")).collect();
    format!(
        "\n## Environment\n\n{}; {} processors, load average before the run {}; {}; {}; {}. Fonts of the article: {}.\n\n\
         The raw loops use the flags of Tintype's browsers, without the proxy's, and with those for speed ({}) only where \
         the row says so: {}. They and the peers run as an unprivileged user, sandboxed, except browserless, which always disables the sandbox. Peers use their own \
         flags. All PDFs are tagged.\n\nPostgres: {}; data on disk.\n",
        run_info.day,
        run_info.processors,
        run_info.load_before,
        versions.join(", "),
        run_info.tintype_built,
        run_info.accounting,
        run_info.fonts,
        crate::render::raw::SPEED_FLAGS.map(|flag| format!("`{flag}`")).join(", "),
        flags.join(" "),
        settings.join(", "),
    )
}
