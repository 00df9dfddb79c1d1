//! What can be copied of a job.

use crate::console::core::data::JobDetail;
use crate::console::core::screen::jobs::commands;

/// What can be copied. Secrets are never read, so nothing here can have them.
pub(super) fn of(JobDetail { job, trail }: &JobDetail) -> Vec<(char, &'static str, String)> {
    let mut copies = vec![('y', "id", job.id.to_string())];
    let url = job.options.pointer("/page/url").and_then(serde_json::Value::as_str);
    copies.extend(url.map(|url| ('u', "URL", url.to_owned())));
    copies.extend(trail.request_id.clone().map(|id| ('q', "request id", id)));
    let error = job.error_code.as_ref().zip(job.error_message.as_ref());
    copies.extend(error.map(|(code, message)| ('e', "error", format!("{}: {message}", code.name()))));
    copies.extend(serde_json::to_string(job).ok().map(|json| ('j', "JSON", json)));
    copies.extend(commands(job.id));
    copies
}
