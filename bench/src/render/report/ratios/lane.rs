//! The static lane, compared with the same documents without it and with peers.

use super::{Ratio, find, quotient, ratio};
use crate::render::kind::Kind;
use crate::render::peers::Peer;
use crate::render::plan::{Renderer, Section, with_lane};
use crate::render::report::Results;
use crate::render::tintype::StaticLane;

/// Returns the renders per second of the lane as a multiple of others'.
pub(super) fn ratios(results: &Results) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for (kind, without_lane, playwright) in
        [(Kind::Tiny, "≥ 2.5", "≥ 4"), (Kind::Invoice, "≥ 1.7", "≥ 2"), (Kind::Card, "reported", "reported")]
    {
        let row = |renderer| find(results, Section::Static, kind, renderer);
        let lane = |call| row(with_lane(call, StaticLane::On));
        let what = |to: &str| format!("{}, static lane: renders/s ÷ {to}", kind.name());
        let without = |call| quotient(lane(call), row(with_lane(call, StaticLane::Off)));
        ratios.push(ratio(what("without the lane"), without_lane, without));
        for peer in Peer::WITH_SET_CONTENT {
            let theirs = row(Renderer::SetContent(peer));
            let wanted = if peer == Peer::Playwright { playwright } else { "reported" };
            let name = format!("{}'s `setContent`", peer.title());
            ratios.push(ratio(what(&name), wanted, |call| quotient(lane(call), theirs)));
        }
        for peer in Peer::FOR_CARDS {
            let theirs = row(Renderer::Peer(peer));
            ratios.push(ratio(what(peer.title()), "reported", |call| quotient(lane(call), theirs)));
        }
    }
    ratios
}
