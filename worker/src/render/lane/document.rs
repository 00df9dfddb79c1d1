//! Which documents the static lane admits.
//!
//! Every tag that the tokenizer of the HTML standard sees is judged, whether or not the tree would
//! keep it, by lists of what is known to be still. Where the tree decides what is a tag, inside of
//! `style`, `title`, `textarea` and CDATA, a document with anything that could be one is refused.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::names::{HTML, LINKS, LOADED, MATH, META_NAMES, REFUSED_ATTRIBUTES, SVG, TEXT_ONLY};
use super::{css, data};

/// Returns why a document may not take the lane: `element`, `attribute`, `address` or `style`.
pub(super) fn check(html: &str) -> Result<(), &'static str> {
    let mut text_of = None;
    let mut text = Vec::new();
    let mut is_foreign = false;
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            // The tokenizer would not see them there: it is not the content that was expected.
            Token::StartTag(_) | Token::Comment(_) | Token::Doctype(_) if text_of.is_some() => return Err("element"),
            Token::StartTag(tag) => {
                let name = std::str::from_utf8(&tag.name).map_err(|_| "element")?;
                is_foreign |= matches!(name, "svg" | "math");
                check_tag(name, &tag)?;
                text_of = TEXT_ONLY.iter().find(|(element, _)| *element == name);
            }
            // The tokenizer may split a text, so it is checked as a whole.
            Token::String(part) if text_of.is_some() => text.extend_from_slice(&part.value),
            Token::EndTag(tag) => {
                if text_of.is_some_and(|(element, _)| tag.name.as_slice() != element.as_bytes()) {
                    return Err("element");
                }
                check_text(text_of.take(), &std::mem::take(&mut text), is_foreign)?;
            }
            // In a drawing it is not a comment, and ends elsewhere.
            Token::Comment(comment) if comment.value.starts_with(b"[CDATA[") => return Err("element"),
            Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    check_text(text_of, &text, is_foreign)
}

/// Checks the content of an element that contains text alone. In SVG it is parsed as elements.
fn check_text(element: Option<&(&str, bool)>, text: &[u8], is_foreign: bool) -> Result<(), &'static str> {
    let Some((_, is_style)) = element else { return Ok(()) };
    let text = String::from_utf8_lossy(text);
    if text.contains('<') || is_foreign && text.contains('&') {
        return Err("element");
    }
    if *is_style && !css::is_still(&text) { Err("style") } else { Ok(()) }
}

fn check_tag(name: &str, tag: &StartTag<()>) -> Result<(), &'static str> {
    if ![HTML, SVG, MATH].iter().any(|names| names.contains(&name)) {
        return Err("element");
    }
    let mut has_value = false;
    for (attribute, value) in &tag.attributes {
        let attribute = String::from_utf8_lossy(attribute).to_ascii_lowercase();
        has_value |= attribute == "value";
        check_attribute(name, &attribute, &String::from_utf8_lossy(&value.value))?;
    }
    // A bar without a value moves.
    if name == "progress" && !has_value { Err("element") } else { Ok(()) }
}

fn check_attribute(element: &str, attribute: &str, value: &str) -> Result<(), &'static str> {
    if attribute.starts_with("on") || REFUSED_ATTRIBUTES.contains(&attribute) {
        return Err("attribute");
    }
    let lower = value.trim_ascii().to_ascii_lowercase();
    let is_allowed = match (element, attribute) {
        ("meta", "http-equiv") => return if is_harmless_pragma(&lower) { Ok(()) } else { Err("attribute") },
        ("meta", "name") => return if META_NAMES.contains(&lower.as_str()) { Err("attribute") } else { Ok(()) },
        ("a" | "area", "href") => LINKS.iter().any(|link| lower.starts_with(link)),
        ("img" | "image" | "input", "href" | "xlink:href") => data::is_still(value, data::Use::Element),
        (_, "href" | "xlink:href") => lower.starts_with('#'),
        (_, loaded) if LOADED.contains(&loaded) => data::is_still(value, data::Use::Element),
        // What nothing follows may be any text, but no style: a presentation attribute is one.
        _ => return if may_be_style(value) && !css::is_still(value) { Err("style") } else { Ok(()) },
    };
    if is_allowed { Ok(()) } else { Err("address") }
}

fn is_harmless_pragma(pragma: &str) -> bool {
    matches!(pragma, "content-type" | "x-ua-compatible")
}

fn may_be_style(value: &str) -> bool {
    value.contains(['(', '\\', ':'])
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn documents_of_text_tables_forms_and_drawings_are_admitted() {
        for html in [
            "",
            "hello",
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>a & b</title>\
             <meta name=viewport content='width=device-width'><meta name=twitter:card content=a><style>p { color: red } a:hover { &b { c: d } }</style>",
            "<h1 style='color: red; background: url(data:image/png;base64,iVBORw0KGgo=)'>text</h1>",
            "<a href=https://example.com/>a</a><a href='#b'>b</a><a href=mailto:a@example.com>c</a>",
            "<img src='data:image/png;base64,iVBORw0KGgo=' alt='a (b)'>",
            "<form action=/a><input value=b><select><option selected>c</select><textarea>d & e</textarea></form>",
            "<svg viewBox='0 0 1 1'><defs><linearGradient id=a><stop/></linearGradient></defs>\
             <rect fill='url(#a)' transform='scale(2)'/><use href='#a'/><text>b</text></svg>",
            "<math><mi>x</mi></math><progress value=1 max=2></progress><!-- <script> -->&lt;script&gt;",
            "<table bgcolor=red><tr><td>a <b>b</table><details open><summary>a</summary>b</details>",
        ] {
            assert_eq!(check(html), Ok(()), "{html}");
        }
    }

    #[test]
    fn what_runs_loads_moves_or_could_reach_the_next_document_is_refused() {
        for (html, reason) in [
            ("<script>1</script>", "element"),
            ("<SCRIPT src=x>", "element"),
            ("<noscript>a</noscript>", "element"),
            ("<iframe srcdoc=a>", "element"),
            ("<object data=a>", "element"),
            ("<link rel=stylesheet href=a>", "element"),
            ("<base href=/a>", "element"),
            ("<video src=a>", "element"),
            ("<canvas>", "element"),
            ("<template><script></script></template>", "element"),
            ("<marquee>a</marquee>", "element"),
            ("<progress></progress>", "element"),
            ("<x-a></x-a>", "element"),
            ("<svg><animate/></svg>", "element"),
            ("<svg><set/></svg>", "element"),
            ("<svg><feImage href=a /></svg>", "element"),
            ("<svg><foreignObject><p></svg>", "element"),
            ("<svg><style><img src=http://a></style></svg>", "element"),
            ("<svg><style>p{a:&#117;rl(http://a)}</style></svg>", "element"),
            ("<svg><![CDATA[ > <!-- ]]></svg><script>1</script> -->", "element"),
            ("<math><![CDATA[><a title=\"]]></math><script>1</script>\">", "element"),
            ("<style></p>@import 'a'</style>", "element"),
            ("<title></p><script></title>", "element"),
            ("<textarea><!-- </textarea><script>1</script> -->", "element"),
            ("<svg><title><script>1</script></title></svg>", "element"),
            ("<title><img src=x></title>", "element"),
            ("<p onclick=a()>", "attribute"),
            ("<p ONCLICK=a()>", "attribute"),
            ("<input autofocus>", "attribute"),
            ("<img srcset='a 1x'>", "attribute"),
            ("<img loading=lazy src=data:image/png;base64,AAAA>", "attribute"),
            ("<div popover>", "attribute"),
            ("<button is=x-a>", "attribute"),
            ("<meta http-equiv=refresh content='0;url=a'>", "attribute"),
            ("<meta http-equiv=content-security-policy content=x>", "attribute"),
            ("<meta name=color-scheme content=dark>", "attribute"),
            ("<meta name=referrer content=origin>", "attribute"),
            ("<img src=a.png>", "address"),
            ("<img src=>", "address"),
            ("<img src='#a'>", "address"),
            ("<image src=http://a>", "address"),
            ("<input type=image src=a>", "address"),
            ("<body background=a.png>", "address"),
            ("<a href=javascript:a()>", "address"),
            ("<a href='java&#10;script:a()'>", "address"),
            ("<a href=/relative>", "address"),
            ("<svg><a xlink:href=javascript:a()></svg>", "address"),
            ("<svg><image href=http://a /></svg>", "address"),
            ("<svg><use href=http://a#b /></svg>", "address"),
            ("<svg><rect fill='url(http://a#b)'/></svg>", "style"),
            ("<svg><rect fill='u\\72l(http://a#b)'/></svg>", "style"),
            ("<style>@import 'a'</style>", "style"),
            ("<style>@import 'a'", "style"),
            ("<p style='background: url(a.png)'>", "style"),
            ("<p style=animation:a>", "style"),
            ("<select><img src=http://a></select>", "address"),
        ] {
            assert_eq!(check(html), Err(reason), "{html}");
        }
    }
}
