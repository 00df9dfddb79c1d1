//! The ratios that the benchmark is for.

mod accounts;
mod lane;

use serde::Serialize;

use super::{Results, Row};
use crate::render::kind::Kind;
use crate::render::peers::Peer;
use crate::render::plan::{CALLS, Case, HTML_LIMIT, HTML_TUNED, Renderer, Section, URL_LIMIT, URL_TUNED, tintype};
use crate::render::tintype::{Call, Input};

/// One ratio, or one figure with a target.
#[derive(Debug, Serialize)]
pub(super) struct Ratio {
    /// What it compares.
    pub(super) what: String,
    /// The value for each way of calling Tintype: synchronous, synchronous with as many waiting, bulk.
    pub(super) values: [Option<f64>; 3],
    /// Its target.
    pub(super) wanted: &'static str,
}

/// Returns all ratios whose parts were measured.
pub(super) fn all(results: &Results) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for kind in Kind::ALL {
        let ours = |call| find(results, Section::Url, kind, tintype(call, Input::Url));
        let what = |to: &str| format!("{}: renders/s ÷ {to}", kind.name());
        let limit = limit_of(results, Section::Url, kind, URL_LIMIT);
        ratios.push(ratio(what("the honest limit"), "≥ 0.9", |call| quotient(ours(call), limit)));
        let tuned = find(results, Section::Url, kind, URL_TUNED);
        ratios.push(ratio(what("raw with the same optimizations"), "reported", |call| quotient(ours(call), tuned)));
        if kind == Kind::Tiny {
            for (peer, wanted) in [(Peer::Playwright, "≥ 1.5"), (Peer::Browserless, "≥ 10")] {
                let theirs = find(results, Section::Url, kind, Renderer::Peer(peer));
                ratios.push(ratio(what(peer.name()), wanted, |call| quotient(ours(call), theirs)));
            }
        }
    }
    for kind in Kind::ALL {
        let ours = |call| find(results, Section::Html, kind, tintype(call, Input::Html));
        let limit = find(results, Section::Html, kind, HTML_LIMIT);
        let what = format!("{} as `html`: renders/s ÷ the limit for `html`", kind.name());
        ratios.push(ratio(what, "≥ 0.8 (aim)", |call| quotient(ours(call), limit)));
        let tuned = find(results, Section::Html, kind, HTML_TUNED);
        let what = format!("{} as `html`: renders/s ÷ raw with the same optimizations", kind.name());
        ratios.push(ratio(what, "reported", |call| quotient(ours(call), tuned)));
    }
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_self_contained()) {
        let ours = |call| find(results, Section::Html, kind, tintype(call, Input::Html));
        let what = format!("{} as `html`: CPU-ms outside Chromium and Postgres", kind.name());
        ratios.push(ratio(what, "≤ 5", |call| ours(call).map(|row| row.median(|round| round.rest_ms))));
    }
    for (section, input) in [(Section::Url, Input::Url), (Section::Html, Input::Html)] {
        let ours = |call| find(results, section, Kind::Tiny, tintype(call, input));
        let what = format!("tiny as `{}`: CPU-ms in Postgres", input.name());
        ratios.push(ratio(what, "≤ 2.5", |call| ours(call).map(|row| row.median(|round| round.postgres_ms))));
    }
    ratios.extend(lane::ratios(results));
    ratios.extend(accounts::ratios(results));
    ratios.retain(|ratio| ratio.values.iter().any(Option::is_some));
    ratios
}

fn ratio(what: String, wanted: &'static str, of: impl Fn(Call) -> Option<f64>) -> Ratio {
    Ratio { what, values: CALLS.map(of), wanted }
}

fn find(results: &Results, section: Section, kind: Kind, renderer: Renderer) -> Option<&Row> {
    let is_it = |case: &Case| case.section == section && case.kind == kind && case.renderer == renderer;
    results.rows.iter().find(|row| is_it(&row.case))
}

/// Returns the faster of the limit's two compressions, where both were measured.
fn limit_of(results: &Results, section: Section, kind: Kind, limit: Renderer) -> Option<&Row> {
    let same_page = |case: &Case| match (case.renderer, limit) {
        (Renderer::Raw(one), Renderer::Raw(other)) => {
            one.page == other.page && one.browsers == other.browsers && one.flags == other.flags
        }
        (Renderer::Raw(_) | Renderer::Peer(_) | Renderer::SetContent(_) | Renderer::Tintype(_), _) => false,
    };
    let rows = results.rows.iter().filter(|row| row.case.section == section && row.case.kind == kind);
    rows.filter(|row| same_page(&row.case)).max_by(|one, other| rate(one).total_cmp(&rate(other)))
}

fn quotient(ours: Option<&Row>, theirs: Option<&Row>) -> Option<f64> {
    Some(rate(ours?) / rate(theirs?))
}

fn rate(row: &Row) -> f64 {
    row.median(|round| round.rate)
}
