//! The templates of a PDF's header and footer.
//!
//! Chromium renders them in a page of its own that loads nothing: a reference to a style sheet or
//! a font elsewhere crashes it. So what is not known to be harmless is an error, which names it.

use html5gum::{StartTag, Token, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::options::css::unescaped;

/// The longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 16 * 1024;

/// The longest name that an error contains, in characters.
const MAX_NAME_CHARS: usize = 32;

/// Elements that only structure and format text.
const ELEMENTS: &[&str] = &[
    "a", "b", "big", "br", "center", "code", "dd", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "style", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul",
];

/// Attributes with an address, which nothing in a template needs but the `src` of an image.
const ADDRESS_ATTRIBUTES: &[&str] =
    &["action", "background", "data", "formaction", "href", "ping", "poster", "srcdoc", "srcset", "xlink:href"];

/// The template of a header or footer: HTML that loads nothing and runs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(String);

/// The HTML contains something that a header or footer cannot.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// Shorten it.
    #[error("must be at most {MAX_TEMPLATE_BYTES} bytes long")]
    TooLong,
    /// Remove the element.
    #[error("must not contain a `<{0}>` element: only text, tables, `style` and images")]
    Element(String),
    /// Remove the attribute.
    #[error("must not contain the attribute `{0}`: nothing runs or is linked in it")]
    Attribute(String),
    /// Embed the image.
    #[error("must only contain images that are embedded as `data:image/…;base64,`")]
    Image,
    /// Remove the rule, or embed what it refers to.
    #[error("must not refer to other files in CSS: `{0}` is only possible with `data:`")]
    Css(&'static str),
}

impl Template {
    /// Checks a template.
    pub fn parse(raw: &str) -> Result<Self, InvalidTemplate> {
        if raw.len() > MAX_TEMPLATE_BYTES {
            return Err(InvalidTemplate::TooLong);
        }
        let mut in_style = false;
        let mut css = String::new();
        for token in Tokenizer::new(raw) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    check_tag(&tag)?;
                    in_style |= tag.name.as_slice() == b"style";
                }
                Token::EndTag(tag) => in_style &= tag.name.as_slice() != b"style",
                // The tokenizer may split a text, so it is checked as a whole.
                Token::String(text) if in_style => css.push_str(&String::from_utf8_lossy(&text.value)),
                Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        check_css(&css)?;
        Ok(Self(raw.to_owned()))
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_tag(tag: &StartTag<()>) -> Result<(), InvalidTemplate> {
    let name = String::from_utf8_lossy(&tag.name).into_owned();
    if !ELEMENTS.contains(&name.as_str()) {
        return Err(InvalidTemplate::Element(shortened(&name)));
    }
    for (attribute, value) in &tag.attributes {
        let attribute = String::from_utf8_lossy(attribute).to_ascii_lowercase();
        let value = String::from_utf8_lossy(&value.value);
        match attribute.as_str() {
            "src" if name == "img" && is_embedded_image(&value) => {}
            "src" if name == "img" => return Err(InvalidTemplate::Image),
            "style" => check_css(&value)?,
            other if other == "src" || other.starts_with("on") || ADDRESS_ATTRIBUTES.contains(&other) => {
                return Err(InvalidTemplate::Attribute(shortened(other)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_embedded_image(source: &str) -> bool {
    let source = source.trim_ascii().to_ascii_lowercase();
    ["png", "jpeg", "gif", "webp", "svg+xml"]
        .iter()
        .any(|kind| source.starts_with(&format!("data:image/{kind};base64,")))
}

fn check_css(css: &str) -> Result<(), InvalidTemplate> {
    let css = unescaped(css).to_ascii_lowercase();
    if css.contains("@import") {
        return Err(InvalidTemplate::Css("@import"));
    }
    for function in ["url(", "image-set(", "image(", "src("] {
        let embedded =
            |argument: &str| argument.trim_start_matches(['"', '\'', ' ', '\t', '\n', '\r']).starts_with("data:");
        if css.match_indices(function).any(|(at, _)| !css.get(at + function.len()..).is_some_and(embedded)) {
            return Err(InvalidTemplate::Css(function.trim_end_matches('(')));
        }
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::{InvalidTemplate, Template};

    #[test]
    fn text_tables_styles_and_embedded_images_are_a_template() {
        for html in [
            "",
            "Page <span class=pageNumber></span> of <span class=totalPages></span>",
            "<style>p { font: 9px sans-serif; background: url(data:image/png;base64,AAAA) }</style><p>text",
            "<table style='width: 100%'><tr><td class=title><td class=\"date\"></table>",
            "<img src='data:image/png;base64,AAAA'><!-- a <script> in a comment -->",
            "<p style='content: \"\\201C\"'>a &lt;script&gt; as text",
        ] {
            assert!(Template::parse(html).is_ok(), "{html}");
        }
    }

    #[test]
    fn what_runs_or_loads_is_named() {
        let element = |name: &str| InvalidTemplate::Element(name.to_owned());
        let attribute = |name: &str| InvalidTemplate::Attribute(name.to_owned());
        for (html, error) in [
            ("<script>alert(1)</script>", element("script")),
            ("<SCRIPT src=x>", element("script")),
            ("<link rel=stylesheet href=http://a>", element("link")),
            ("<iframe srcdoc=x>", element("iframe")),
            ("<svg><style>a{}</style></svg>", element("svg")),
            ("<meta http-equiv=refresh>", element("meta")),
            ("<base href=http://a>", element("base")),
            ("<p onclick=x>", attribute("onclick")),
            ("<p ONCLICK=x>", attribute("onclick")),
            ("<a href=http://a>", attribute("href")),
            ("<img srcset='http://a 1x'>", attribute("srcset")),
            ("<td background=http://a>", attribute("background")),
            ("<img src=http://a/b.png>", InvalidTemplate::Image),
            ("<img src='data:text/html;base64,AA'>", InvalidTemplate::Image),
            ("<style>@import url(http://a);</style>", InvalidTemplate::Css("@import")),
            ("<style>@\\69mport 'http://a';</style>", InvalidTemplate::Css("@import")),
            ("<style>@font-face { src: url(http://a) }</style>", InvalidTemplate::Css("url")),
            ("<style>p { background: u\\72l( 'http://a') }</style>", InvalidTemplate::Css("url")),
            (
                "<style>p { content: '/*'; background: url(http://a); content: '*/' }</style>",
                InvalidTemplate::Css("url"),
            ),
            ("<p style=\"background: URL('http://a')\">", InvalidTemplate::Css("url")),
            ("<p style=\"background: image-set('http://a' 1x)\">", InvalidTemplate::Css("image-set")),
        ] {
            assert_eq!(Template::parse(html), Err(error), "{html}");
        }
        assert_eq!(Template::parse(&"a".repeat(16 * 1024 + 1)), Err(InvalidTemplate::TooLong));
    }
}
