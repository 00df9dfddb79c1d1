//! What can be copied of a job.

use domain::id::JobId;
use domain::job::browse::JobLine;

/// What can be copied of a row.
pub(super) fn of(row: &JobLine) -> Vec<(char, &'static str, String)> {
    let mut copies =
        vec![('y', "id", row.id.to_string()), ('r', "row", line(row)), ('u', "source", row.source.clone())];
    let error = row
        .error_code
        .as_ref()
        .map(|code| format!("{}: {}", code.name(), row.error_message.as_deref().unwrap_or_default()));
    copies.extend(error.map(|error| ('e', "error", error)));
    copies.extend(serde_json::to_string(row).ok().map(|json| ('j', "JSON", json)));
    copies.extend(commands(row.id));
    copies
}

/// The commands that show a job: of the API, without a key, and of this tool.
pub(crate) fn commands(job: JobId) -> [(char, &'static str, String); 2] {
    [
        ('c', "curl", format!("curl -H \"X-API-Key: $TINTYPE_KEY\" \"$TINTYPE_URL/v1/jobs/{job}\"")),
        ('l', "command", format!("tintype job show {job}")),
    ]
}

fn line(row: &JobLine) -> String {
    let code = row.error_code.as_ref().map(domain::job::ErrorCode::name).unwrap_or_default();
    let cells = [&row.id.to_string(), row.kind.name(), row.state.name(), &row.account, &row.source, code];
    cells.join("\t")
}
