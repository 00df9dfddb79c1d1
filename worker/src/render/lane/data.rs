//! Which `data:` URLs the static lane admits: still images, and fonts.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;
use percent_encoding::percent_decode_str;

/// As browsers decode it.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Where a URL is used. Browsers go by the content of images, and by where they need a font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// In an element: an image.
    Element,
    /// In a style: an image or a font.
    Style,
}

/// The beginnings of the types of fonts.
const FONTS: [&str; 4] = ["font/", "application/font", "application/x-font", "application/vnd.ms-fontobject"];

/// The types of the images that are known not to move, but for what is searched for in them.
const BITMAPS: [&str; 4] = ["image/png", "image/jpeg", "image/jpg", "image/webp"];

/// What only images contain that change with time: the chunks of animated PNG and `WebP` files.
const ANIMATED: [&[u8]; 2] = [b"acTL", b"ANIM"];

/// What moves in an SVG image or is not known to stand still: animations, styles that may have some, escapes and entities,
/// which may be anything, and images in the image.
const MOVING: [&str; 11] =
    ["animat", "<set", ":set", "script", "foreignobject", "<!entity", "transition", "keyframes", "data:", "&#", "\\"];

/// Whether a URL is a `data:` URL of an image that looks the same at any time, or of a font where one is used.
pub(super) fn is_still(url: &str, r#use: Use) -> bool {
    let Some((head, body)) = url.split_once(',') else { return false };
    let head = head.trim_ascii().to_ascii_lowercase();
    let Some(head) = head.strip_prefix("data:") else { return false };
    let kind = head.split(';').next().unwrap_or_default().trim_ascii();
    let Some(bytes) = decoded(head, body) else { return false };
    match kind {
        "image/svg+xml" => (!head.contains("charset") || head.contains("charset=utf-8")) && is_still_svg(&bytes),
        kind if BITMAPS.contains(&kind) => is_still_bitmap(&bytes),
        kind if FONTS.iter().any(|font| kind.starts_with(font)) => r#use == Use::Style && is_font(&bytes),
        _ => false,
    }
}

fn decoded(head: &str, body: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = percent_decode_str(body).collect();
    if !head.ends_with("base64") {
        return Some(bytes);
    }
    let digits: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    FORGIVING.decode(digits).ok()
}

fn is_still_svg(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let text = text.to_ascii_lowercase();
    !text.contains('\0') && !MOVING.iter().any(|moving| text.contains(moving))
}

/// Whether it is a PNG, a JPEG or a WebP, whatever its type says, and has one picture.
fn is_still_bitmap(bytes: &[u8]) -> bool {
    let is_known = bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8\xff") || bytes.starts_with(b"RIFF");
    is_known && !ANIMATED.iter().any(|animated| memmem::find(bytes, animated).is_some())
}

/// Whether it is a font of a kind that browsers read: TrueType, OpenType, a collection, or WOFF.
fn is_font(bytes: &[u8]) -> bool {
    [&b"\0\x01\0\0"[..], b"true", b"OTTO", b"ttcf", b"wOFF", b"wOF2"].iter().any(|start| bytes.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{Use, is_still};

    #[test]
    fn fonts_and_still_images_are_admitted() {
        for url in [
            "data:image/png;base64,iVBORw0KGgo=",
            "DATA:image/PNG;base64,iVBORw0KGgo",
            "data:image/png;base64,/9j/4AAQ",
            "data:image/jpeg;base64,/9j/4AAQ%2BA==",
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3C/svg%3E",
            "data:image/svg+xml;charset=utf-8;base64,PHN2Zy8+",
            "data:font/woff2;base64,d09GMgABAAAA",
            "data:application/x-font-ttf;charset=utf-8;base64,AAEAAAAP",
        ] {
            assert!(is_still(url, Use::Style), "{url}");
        }
    }

    #[test]
    fn a_font_is_admitted_only_where_one_is_used() {
        assert!(!is_still("data:font/woff2;base64,d09GMgABAAAA", Use::Element));
    }

    #[test]
    fn what_moves_or_is_something_else_is_not() {
        for url in [
            "",
            "data:",
            "data:image/png;base64",
            "http://a/,",
            "data:text/html,x",
            "data:image/gif;base64,R0lGODlhAQ==",
            "data:image/png;base64,R0lGODlhAQ==",
            "data:image/png,%89PNGacTL",
            "data:image/png,AAAA",
            "data:image/png;base64,AAAAHGZ0eXBhdmlz",
            "data:image/webp,RIFF%41NIM",
            "data:font/woff2;base64,R0lGODlhAQ==",
            "data:image/svg+xml,<svg><animate/></svg>",
            "data:image/svg+xml;base64,PHN2Zz48YW5pbWF0ZS8+PC9zdmc+",
            "data:image/svg+xml,<svg><style>p{animation:a}</style></svg>",
            "data:image/svg+xml,<s:svg xmlns:s='http://www.w3.org/2000/svg'><s:set/></s:svg>",
            "data:image/svg+xml,<svg><style>p{anim\\61 tion:a}</style></svg>",
            "data:image/svg+xml,<svg><style>p{&#97;nimation:a}</style></svg>",
            "data:image/svg+xml;charset=utf-16le;base64,PABzAHYAZwA+AA==",
            "data:image/svg+xml,%ff",
            "data:image/svg+xml,<!DOCTYPE x [<!ENTITY a 'b'>]><svg>",
            "data:image/svg+xml,<svg><image href='data:image/gif;base64,AA'/></svg>",
            "data:image/png;base64,????",
        ] {
            assert!(!is_still(url, Use::Style), "{url}");
        }
    }
}
