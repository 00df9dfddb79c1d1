//! The static lane in an attempt: whether a job takes it, and whether its file is that of the ordinary road.

use domain::id::JobId;
use domain::job::{RenderRequest, Rendered};
use domain::options::Options;
use metrics::{counter, describe_counter};
use tracing::warn;

use super::outcome::RenderOutcome;
use super::recycle::{Used, UsedLane};
use crate::browser::Browser;
use crate::render::lane::{self, Declined, Request, StillDocument};

const DOCUMENTS: &str = "tintype_static_lane_total";

/// Why a document may not take the lane.
const REFUSALS: [&str; 5] = ["element", "attribute", "address", "style", "size"];

/// Why a document that took it was rendered again on the ordinary road.
const DECLINES: [&str; 6] = ["request", "script", "navigation", "connection", "failure", "unavailable"];

/// How a worker uses the static lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneUse {
    /// Whether documents may take it.
    pub(crate) enabled: bool,
    /// Of how many documents one is rendered on both roads: none if 0.
    pub(crate) sample: u32,
}

impl LaneUse {
    /// Whether the file of a job is compared with that of the ordinary road.
    pub(super) fn compares(self, job: JobId) -> bool {
        job.is_sampled(self.sample)
    }
}

/// Describes the metrics of the lane, and starts their counters at zero.
pub(crate) fn describe() {
    describe_counter!(
        DOCUMENTS,
        "Given documents whose options allow the static lane, by how that ended: used, refused and declined with the \
         reason, and, if both roads are compared, same and different."
    );
    for outcome in ["used", "same", "different"] {
        count(outcome, "", 0);
    }
    for reason in REFUSALS {
        count("refused", reason, 0);
    }
    for reason in DECLINES {
        count("declined", reason, 0);
    }
}

fn count(outcome: &'static str, reason: &'static str, by: u64) {
    counter!(DOCUMENTS, "outcome" => outcome, "reason" => reason).increment(by);
}

/// Returns the document of a job if it may take the lane.
pub(super) async fn examine(
    lane_use: LaneUse,
    RenderRequest { target: _, options, secrets }: &RenderRequest,
    html: &[u8],
) -> Option<StillDocument> {
    if !lane_use.enabled || secrets.is_some() || !lane::admits_options(options) {
        return None;
    }
    lane::examine(html).await.inspect_err(|reason| count("refused", reason, 1)).ok()
}

/// Renders a document in the page of the lane, if it stays what it was thought to be. `is_heavy` means that the browser
/// uses much memory, so that the page is not kept.
pub(super) async fn render(
    job: JobId,
    (browser, used): (&mut Browser, &mut Used),
    options: &Options,
    (document, is_heavy): (StillDocument, bool),
) -> Option<Rendered> {
    let before = browser.proxy().unattributed_connections();
    let Ok(page) = browser.take_lane(lane::window(options)).await else {
        count("declined", "unavailable", 1);
        return None;
    };
    let in_lane = used.lane.insert(UsedLane::new(page));
    let egress = browser.proxy().closed_session();
    let request = Request { job, document, options, browser: browser.product() };
    let ended = lane::render(&mut in_lane.lane, &egress, request).await;
    in_lane.unattributed = browser.proxy().unattributed_connections();
    let declined = match ended {
        Err(Declined(reason)) => reason,
        Ok(_) if in_lane.unattributed != before => "connection",
        Ok(file) => {
            // Decoded images stay in memory for as long as the page.
            in_lane.clearable = !is_heavy;
            count("used", "", 1);
            return Some(file);
        }
    };
    count("declined", declined, 1);
    None
}

/// Compares the file of the lane with that of the ordinary road.
pub(super) fn compare(job: JobId, lane: &Rendered, ordinary: &RenderOutcome) {
    match ordinary {
        RenderOutcome::Rendered(file) if is_same(&lane.bytes, &file.bytes) => count("same", "", 1),
        RenderOutcome::Rendered(_) => {
            count("different", "", 1);
            warn!(job.id = %job, "the file of the static lane differs from that of the ordinary road");
        }
        RenderOutcome::Failed(_) | RenderOutcome::SourceUnavailable | RenderOutcome::Stopped(_) => {}
    }
}

/// Whether two files are the same, apart from the dates of a PDF and the numbers that it gives its nodes.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one == other || one.starts_with(b"%PDF-") && one.len() == other.len() && timeless(one) == timeless(other)
}

fn timeless(pdf: &[u8]) -> Vec<u8> {
    let mut pdf = pdf.to_vec();
    for (mark, length) in [(&b"(D:"[..], 21), (&b"(node"[..], 8)] {
        let found: Vec<_> = memchr::memmem::find_iter(&pdf, mark).collect();
        for at in found {
            if let Some(digits) = pdf.get_mut(at + mark.len()..at + mark.len() + length) {
                digits.fill(b'0');
            }
        }
    }
    pdf
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn files_are_the_same_apart_from_the_dates_of_a_pdf() {
        let pdf = |date: &str, text: &str| format!("%PDF-1.4 /CreationDate (D:{date}+00'00') {text}").into_bytes();

        assert!(is_same(b"abc", b"abc"));
        assert!(!is_same(b"abc", b"abd"));
        assert!(is_same(&pdf("20261129063000", "a"), &pdf("20261129063001", "a")));
        assert!(!is_same(&pdf("20261129063000", "a"), &pdf("20261129063001", "b")));
    }
}
