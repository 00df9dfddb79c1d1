//! Which style sheets and style attributes the static lane admits.

use domain::options::css::unescaped;

use super::data;

/// What loads something, depends on whether scripts run, is laid out once it is in view, or changes with time or chance.
/// Searched for as text, so what only looks like it is refused, too.
const REFUSED: [&str; 11] = [
    "@import",
    "image(",
    "image-set(",
    "src(",
    "scripting",
    "animation",
    "keyframes",
    "transition",
    "@property",
    "content-visibility",
    "random(",
];

/// Whether a style sheet, or the value of an attribute that may be one, refers to nothing outside of the document,
/// and looks the same at any time.
pub(super) fn is_still(css: &str) -> bool {
    let lower = css.to_ascii_lowercase();
    let plain = if css.contains('\\') { unescaped(&lower).to_ascii_lowercase() } else { lower.clone() };
    !REFUSED.iter().any(|refused| plain.contains(refused)) && plain.matches("url(").count() == embedded(css, &lower)
}

/// Counts the `url()`s whose arguments are parts of the document, up to the first that is not.
fn embedded(css: &str, lower: &str) -> usize {
    let (mut at, mut count) = (0, 0);
    while let Some(found) = lower.get(at..).and_then(|rest| rest.find("url(")) {
        let start = at + found + "url(".len();
        let Some(length) = css.get(start..).and_then(embedded_length) else { return count };
        (at, count) = (start + length, count + 1);
    }
    count
}

/// Returns the length of the argument of a `url()` that begins here if it is a part of the document. One with an escape,
/// without an end or with another `url()` in it is not known to be.
fn embedded_length(rest: &str) -> Option<usize> {
    let blank = rest.len() - rest.trim_ascii_start().len();
    let rest = rest.get(blank..)?;
    let (start, end) = match rest.as_bytes().first()? {
        quote @ (b'"' | b'\'') => (1, char::from(*quote)),
        _ => (0, ')'),
    };
    let url = rest.get(start..)?.split_once(end)?.0;
    let is_embedded = !url.contains('\\') && (url.starts_with('#') || data::is_still(url, data::Use::Style));
    is_embedded.then_some(blank + start + url.len())
}

#[cfg(test)]
mod tests {
    use super::is_still;

    #[test]
    fn styles_that_need_nothing_are_admitted() {
        for css in [
            "",
            "p { color: red; content: '\\201C'; background: linear-gradient(red, blue) }",
            "@media print { @page { size: A4; margin: 1cm } } @font-face { src: url( data:font/woff2;base64,d09GMgABAAAA ) }",
            "@font-face { src: local('Arial'), url(\"data:application/font-woff;base64,d09GRgABAAAA\") format('woff') }",
            "p { fill: url(#gradient); filter: url('#blur'); mask: URL(#a) }",
            "p { background: url(data:image/png;base64,iVBORw0KGgo=), url('data:image/svg+xml,%3Csvg/%3E') }",
        ] {
            assert!(is_still(css), "{css}");
        }
    }

    #[test]
    fn a_style_with_many_urls_is_judged_once_for_each() {
        let many = "url(data:image/png,".repeat(100_000);
        assert!(!is_still(&many));
        assert!(is_still(&"a{b:url(#c)}".repeat(100_000)));
    }

    #[test]
    fn styles_that_load_move_or_ask_for_scripts_are_not() {
        for css in [
            "@import 'a.css'",
            "@\\69mport 'a.css'",
            "p { background: url(a.png) }",
            "p { background: u\\72 l( 'http://a' ) }",
            "p { background: URL(\"http://a\") }",
            "p { background: url( ) }",
            "p { background: url() }",
            "p { background: url(data:image/png,",
            "p { background: url(\"data:image/png,\\\"x\") }",
            "p { background: u\\72\r\nl(http://a) }",
            "p { background: url(#a) } q { background: url(http://a) }",
            "p { width: random(1px, 9px) }",
            "p { content-visibility: auto }",
            "p { background: image-set('a.png' 1x) }",
            "p { background: -webkit-image-set(url(a) 1x) }",
            "@font-face { src: url(//a/b.woff) }",
            "@font-face { src: src('a') }",
            "p { content: '/*'; background: url(http://a); content: '*/' }",
            "p { background: url(data:text/html,x) }",
            "p { background: url(data:image/gif;base64,AAAA) }",
            "p { animation: a 1s }",
            "@keyframes a { }",
            "p { TRANSITION: all 1s }",
            "@media (scripting: none) { p { color: red } }",
        ] {
            assert!(!is_still(css), "{css}");
        }
    }
}
