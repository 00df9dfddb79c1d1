//! The report of a render: its page, and warnings.

use domain::job::{RenderReport, Warning, WarningCode};

use super::page::navigation::Address;
use super::steps::context::StepContext;

/// Fills in what is known of the page at the end of its render.
pub(super) fn fill(report: &mut RenderReport, context: &StepContext<'_>) {
    let (document, address) = context.page.document();
    let requests = context.page.requests();
    report.warnings = context.warnings();
    match requests.failed() {
        0 => {}
        failed => {
            let message = format!("requests of the page that failed: {failed}");
            report.warnings.push(Warning::new(WarningCode::RequestsFailed, message).with_count(failed));
        }
    }
    // The document of an html job was requested from nobody.
    if let Some(Address::Loaded(url)) = address.filter(|_| context.html_host.is_none()) {
        report.target_status = requests.status_of(&document.0);
        report.final_url = Some(url);
    }
}
