//! Applies options to a page before it navigates. Each option group has a file.

pub(crate) mod emulation;
pub(crate) mod viewport;

use domain::options::Options;

use crate::cdp::Session;

/// Sends the commands of every group. The browser executes them in order, before the page
/// loads anything.
pub(super) fn apply(session: &Session, options: &Options) {
    // Without `..`, so that a new group must be handled here.
    let Options { readiness: _, viewport: _, emulation, base_url: _, output: _ } = options;
    viewport::apply(session, options);
    emulation::apply(session, emulation);
}
