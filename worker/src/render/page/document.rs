//! The document of an html job, which is served by us.

/// How many times a page may load its document again.
const MAX_RELOADS: u32 = 20;

/// What the page of a job is made of.
#[derive(Debug)]
pub(super) struct Document {
    url: String,
    /// The document of an html job.
    html: Option<Vec<u8>>,
    /// How many times it was served.
    served: u32,
}

/// The response to a request that is paused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response<'a> {
    /// The document.
    Body(&'a [u8]),
    /// Our origin has nothing else.
    NotFound,
    /// The main frame leaves the document. Fail the render.
    Left,
    /// The page loads its document again and again: more often than this. Fail the render.
    TooManyReloads(u32),
    /// The request is not to our origin, or the job is for a URL.
    Elsewhere,
}

impl Document {
    pub(super) fn new(url: &str, html: Option<Vec<u8>>) -> Self {
        Self { url: url.to_owned(), html, served: 0 }
    }

    /// Whether the document may have reached the browser, so that it may have crashed it.
    pub(super) fn may_have_run(&self) -> bool {
        self.html.is_none() || self.served > 0
    }

    /// Returns the response to a request: the document, also if the page reloads itself, and 404 for
    /// anything else of its origin. `is_page` means that the main frame requests a document.
    pub(super) fn response_to(&mut self, requested: &str, is_page: bool) -> Response<'_> {
        let Some(html) = &self.html else { return Response::Elsewhere };
        if !requested.starts_with(&self.url) {
            return if is_page { Response::Left } else { Response::Elsewhere };
        }
        if !is_page {
            return Response::NotFound;
        }
        if !is_document(requested, &self.url) {
            return Response::Left;
        }
        self.served += 1;
        if self.served > MAX_RELOADS + 1 { Response::TooManyReloads(MAX_RELOADS) } else { Response::Body(html) }
    }
}

/// Whether a URL is that of the document, with any query: a page may reload itself with one.
fn is_document(requested: &str, url: &str) -> bool {
    requested.strip_prefix(url).is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
}

#[cfg(test)]
mod tests {
    use super::{Document, MAX_RELOADS, Response};

    #[test]
    fn only_the_main_frame_is_served_the_document() {
        let mut document = Document::new("http://a/", Some(b"<p>".to_vec()));

        for (url, is_page, response) in [
            ("http://a/", true, Response::Body(b"<p>")),
            ("http://a/?x#y", true, Response::Body(b"<p>")),
            ("http://a/", false, Response::NotFound),
            ("http://a/style.css", false, Response::NotFound),
            ("http://a/next", true, Response::Left),
            ("http://b/image.png", false, Response::Elsewhere),
        ] {
            assert_eq!(document.response_to(url, is_page), response, "{url}");
        }
        assert_eq!(Document::new("http://a/", None).response_to("http://a/", true), Response::Elsewhere);
    }

    #[test]
    fn a_page_that_reloads_for_ever_is_stopped() {
        let mut document = Document::new("http://a/", Some(Vec::new()));
        assert!(!document.may_have_run());

        let responses = std::iter::repeat_with(|| document.response_to("http://a/", true) == Response::Body(&[]));

        assert_eq!(u32::try_from(responses.take_while(|served| *served).count()), Ok(MAX_RELOADS + 1));
        assert!(document.may_have_run());
    }
}
