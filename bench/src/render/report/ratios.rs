//! The ratios that the figures are for.

use serde::Serialize;

use super::{Results, Row};
use crate::render::kind::Kind;
use crate::render::peers::Peer;
use crate::render::plan::{Case, GIVEN_LEVERS, GIVEN_LIMIT, LEVERS, LIMIT, Section, Who};
use crate::render::tintype::{ACCOUNTS, Call};

/// One ratio, or one figure that is looked for.
#[derive(Debug, Serialize)]
pub(super) struct Ratio {
    /// Of what.
    pub(super) what: String,
    /// By which of Tintype's calls: synchronous, synchronous with as many waiting, bulk.
    pub(super) values: [Option<f64>; 3],
    /// What it should be.
    pub(super) wanted: &'static str,
}

const CALLS: [Call; 3] = [Call::Synchronous, Call::Queued, Call::Bulk];

/// All of them, as far as their parts were measured.
pub(super) fn all(results: &Results) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for kind in Kind::ALL {
        let ours = |call| find(results, Section::Url, kind, tintype(call, 1, false));
        let what = |to: &str| format!("{}: renders/s ÷ {to}", kind.name());
        let limit = limit_of(results, Section::Url, kind, LIMIT);
        ratios.push(ratio(what("the honest limit"), "≥ 0.9", |call| quotient(ours(call), limit)));
        let levers = find(results, Section::Url, kind, LEVERS);
        ratios.push(ratio(what("raw with the same levers"), "reported", |call| quotient(ours(call), levers)));
        if kind == Kind::Tiny {
            for (peer, wanted) in [(Peer::Playwright, "≥ 1.5"), (Peer::Browserless, "≥ 10")] {
                let theirs = find(results, Section::Url, kind, Who::Peer(peer));
                ratios.push(ratio(what(peer.name()), wanted, |call| quotient(ours(call), theirs)));
            }
        }
    }
    for kind in Kind::ALL {
        let ours = |call| find(results, Section::Html, kind, tintype(call, 1, true));
        let limit = find(results, Section::Html, kind, GIVEN_LIMIT);
        let what = format!("{} as `html`: renders/s ÷ the limit for `html`", kind.name());
        ratios.push(ratio(what, "0.8 is the aim", |call| quotient(ours(call), limit)));
        let levers = find(results, Section::Html, kind, GIVEN_LEVERS);
        let what = format!("{} as `html`: renders/s ÷ raw with the same levers", kind.name());
        ratios.push(ratio(what, "reported", |call| quotient(ours(call), levers)));
    }
    for kind in Kind::ALL.into_iter().filter(|kind| kind.stands_alone()) {
        let ours = |call| find(results, Section::Html, kind, tintype(call, 1, true));
        let what = format!("{} as `html`: CPU-ms outside Chromium and Postgres", kind.name());
        ratios.push(ratio(what, "≤ 5", |call| ours(call).map(|row| row.median(|turn| turn.rest_ms))));
    }
    ratios.extend(many(results));
    ratios.retain(|ratio| ratio.values.iter().any(Option::is_some));
    ratios
}

/// What many accounts cost: their share of one account's renders, and what each takes more of processors.
fn many(results: &Results) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for kind in [Kind::Tiny, Kind::Article] {
        for given in [false, true] {
            for accounts in [4, ACCOUNTS] {
                let row = |call, number| find(results, Section::Accounts, kind, tintype(call, number, given));
                let input = if given { "html" } else { "url" };
                let what = format!("{} as `{input}`, {accounts} accounts: ", kind.name());
                let share = |call| quotient(row(call, accounts), row(call, 1));
                ratios.push(ratio(format!("{what}renders/s ÷ one account's"), "reported", share));
                let cost = |row: &Row| row.median(|turn| turn.browser_ms + turn.postgres_ms + turn.rest_ms);
                let more = |call| Some(cost(row(call, accounts)?) - cost(row(call, 1)?));
                ratios.push(ratio(format!("{what}CPU-ms more than one account's"), "reported", more));
            }
        }
    }
    ratios
}

fn tintype(call: Call, accounts: usize, given: bool) -> Who {
    Who::Tintype { call, accounts, given }
}

fn ratio(what: String, wanted: &'static str, of: impl Fn(Call) -> Option<f64>) -> Ratio {
    Ratio { what, values: CALLS.map(of), wanted }
}

fn find(results: &Results, section: Section, kind: Kind, who: Who) -> Option<&Row> {
    let is_it = |case: &Case| case.section == section && case.kind == kind && case.who == who;
    results.rows.iter().find(|row| is_it(&row.case))
}

/// The faster of the limit's ways to compress, where both were measured.
fn limit_of(results: &Results, section: Section, kind: Kind, limit: Who) -> Option<&Row> {
    let same_page = |case: &Case| match (case.who, limit) {
        (Who::Raw(one), Who::Raw(other)) => {
            one.page == other.page && one.browsers == other.browsers && one.flags == other.flags
        }
        (Who::Raw(_) | Who::Peer(_) | Who::Tintype { .. }, _) => false,
    };
    let rows = results.rows.iter().filter(|row| row.case.section == section && row.case.kind == kind);
    rows.filter(|row| same_page(&row.case)).max_by(|one, other| rate(one).total_cmp(&rate(other)))
}

fn quotient(ours: Option<&Row>, theirs: Option<&Row>) -> Option<f64> {
    Some(rate(ours?) / rate(theirs?))
}

fn rate(row: &Row) -> f64 {
    row.median(|turn| turn.rate)
}
