//! The base URL of an html job: a `<base>` element at the start of its document.

use domain::options::TargetUrl;
use memchr::memmem;

/// Inserts a `<base>` element before everything that it could apply to. The first one of a
/// document counts.
pub(super) fn insert(mut html: Vec<u8>, base_url: &TargetUrl) -> Vec<u8> {
    let href = base_url.as_str().replace('&', "&amp;").replace('"', "&quot;");
    let base = format!("<base href=\"{href}\">");
    let start = start_of_head(&html);
    html.splice(start..start, base.into_bytes());
    html
}

/// Returns where the content of the head begins: after a byte order mark, an XML declaration,
/// comments, the doctype, and the tags `<html>` and `<head>`. Browsers ignore a doctype that comes
/// after an element.
fn start_of_head(html: &[u8]) -> usize {
    let mut at = if html.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    loop {
        let rest = html.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_ascii_start().len();
        let rest = rest.get(blank..).unwrap_or_default();
        let length = if rest.starts_with(b"<!--") {
            memmem::find(rest, b"-->").map(|end| end + 3)
        } else if rest.starts_with(b"<?") {
            memchr::memchr(b'>', rest).map(|end| end + 1)
        } else if ["<!doctype", "<html", "<head"].iter().any(|tag| begins_tag(rest, tag)) {
            end_of_tag(rest)
        } else {
            None
        };
        match length {
            Some(length) => at += blank + length,
            None => return at,
        }
    }
}

/// Whether a tag of this name begins here: `<header>` is not `<head>`.
fn begins_tag(html: &[u8], tag: &str) -> bool {
    let name = html.get(..tag.len()).unwrap_or_default();
    let next = html.get(tag.len()).copied().unwrap_or_default();
    name.eq_ignore_ascii_case(tag.as_bytes()) && (next.is_ascii_whitespace() || matches!(next, b'>' | b'/'))
}

/// Returns the length of the tag that begins here. A quoted `>` does not end it.
fn end_of_tag(html: &[u8]) -> Option<usize> {
    let mut quote = None;
    html.iter()
        .position(|byte| match (quote, byte) {
            (None, b'>') => true,
            (None, b'"' | b'\'') => {
                quote = Some(*byte);
                false
            }
            (Some(open), byte) if open == *byte => {
                quote = None;
                false
            }
            _ => false,
        })
        .map(|end| end + 1)
}

#[cfg(test)]
mod tests {
    use domain::options::TargetUrl;

    use super::insert;

    #[test]
    fn the_base_is_the_first_element_of_the_head_and_after_the_doctype() {
        let base_url = TargetUrl::parse("https://example.com/a?b=1&c=\"").expect("a URL");
        let base = "<base href=\"https://example.com/a?b=1&amp;c=%22\">";
        for (before, after) in [
            ("", "<p>text"),
            ("", "text <html>"),
            ("<!doctype html>", "<p>text"),
            ("<!DOCTYPE html PUBLIC \"-//W3C//DTD>\" 'x'>", "\n<title>t</title>"),
            ("\u{feff} <!-- > --> <!doctype html>\n<html lang=\"a>b\">\n<head prefix=x>", "<base href=/mine><p>"),
            ("<?xml version=\"1.0\"?><!DOCTYPE html>", "<p>text"),
            ("<html>", "<header>text"),
            ("<!doctype html><html><!-- a --><HEAD\n>", " <meta charset=utf-8>"),
            ("", "<!-- never closed"),
        ] {
            let html = insert(format!("{before}{after}").into_bytes(), &base_url);

            assert_eq!(String::from_utf8(html).expect("UTF-8"), format!("{before}{base}{after}"));
        }
    }
}
