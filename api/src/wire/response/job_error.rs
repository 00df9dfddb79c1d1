//! The meanings of the error codes of jobs, for the document.

/// The meanings, by the name of the code.
const MEANINGS: &[(&str, &str)] = &[
    ("NAVIGATION_FAILED", "the page could not be loaded"),
    ("NAVIGATION_TIMEOUT", "the server of the page did not respond within `timeout_ms`"),
    ("WAIT_TIMEOUT", "the page was not ready, as `wait_for` defines it, within `timeout_ms`"),
    ("CAPTURE_TIMEOUT", "the file could not be produced within `timeout_ms`"),
    ("TLS_ERROR", "the certificate of the page is not valid, or no secure connection could be made"),
    ("DNS_TIMEOUT", "the host name of the page could not be resolved in time"),
    ("URL_BLOCKED", "the page, or a redirect, leads to an address that is not on the public internet"),
    ("STATUS_REFUSED", "the page responded with a status that `fail_on_status` lists"),
    ("SELECTOR_INVALID", "a selector is not valid CSS"),
    ("SELECTOR_NOT_FOUND", "no element matches `selector`, or the first one that does is invisible"),
    ("CLIP_OUTSIDE_PAGE", "`clip` is outside the page"),
    ("SCRIPT_ERROR", "`js` threw an exception"),
    ("PAGE_TOO_TALL", "the page is too large for one image"),
    ("PDF_TOO_LARGE", "the PDF has too many pages or bytes"),
    ("RESULT_TOO_LARGE", "the file is larger than this service stores"),
    ("RENDERER_CRASHED", "the page crashed the browser's renderer"),
    ("BROWSER_CRASHED", "the browser crashed"),
    ("WORKER_LOST", "the worker stopped responding in every attempt"),
    ("QUEUE_TIMEOUT", "no worker rendered the job in time"),
    ("CANCELLED", "the job was cancelled"),
    ("SECRETS_UNAVAILABLE", "the job's headers, cookies or credentials could not be decrypted"),
];

/// Returns the meaning of a code, without a full stop, or `None` if it has none here.
pub(crate) fn meaning(name: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use domain::job::ErrorCode;
    use strum::IntoEnumIterator;

    use super::meaning;

    #[test]
    fn every_code_has_a_meaning() {
        let codes = ErrorCode::iter().filter(|code| meaning(code.name()).is_none());

        assert_eq!(codes.map(|code| code.name().to_owned()).collect::<Vec<_>>(), [""; 0]);
    }
}
