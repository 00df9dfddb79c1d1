//! Applies options to a page before it navigates. Each option group has a file.

pub(crate) mod emulation;
mod inject;
mod output;
pub(crate) mod viewport;

use chromiumoxide_cdp::cdp::browser_protocol::browser::BrowserContextId;
use domain::options::Options;

use crate::cdp::Session;

/// Sends what the options of a document in a kept page set, in place of what the last one set.
pub(super) fn replace(session: &Session, options: &Options) {
    viewport::apply(session, options);
    output::replace(session, &options.output);
}

/// Sends the commands of every group. The browser executes them in order, before the page
/// loads anything. `browser` is its name and version.
pub(super) fn apply(session: &Session, options: &Options, browser: &str, context: &BrowserContextId) {
    // Without `..`, so that a new group must be handled here. The network and block groups decide on
    // requests one by one (`page/rules`).
    let Options { readiness: _, viewport: _, emulation, network: _, inject, block: _, base_url: _, output } = options;
    viewport::apply(session, options);
    emulation::apply(session, options, browser);
    if let Some(position) = &emulation.geolocation {
        emulation::apply_geolocation(session, position, context);
    }
    inject::apply(session, inject);
    output::apply(session, output);
}
