//! Inject: code of the request must run whatever the page's own policy says.

use chromiumoxide_cdp::cdp::browser_protocol::page::SetBypassCspParams;
use domain::options::Inject;

use crate::cdp::Session;

/// Switches the page's Content-Security-Policy off if code of the request runs in it.
pub(super) fn apply(session: &Session, inject: &Inject) {
    if inject.has_code() {
        session.send(&SetBypassCspParams::new(true));
    }
}
