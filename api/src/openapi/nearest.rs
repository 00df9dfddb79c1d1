//! The nearest name, for a name that was misspelled.

use strsim::{jaro_winkler, normalized_damerau_levenshtein};

/// The minimum share of letters that are right. Two swapped letters count as one wrong letter, so
/// `pgn` is near `png`.
const MIN_LETTERS: f64 = 0.6;

/// The minimum similarity of a name that begins like another one, as `timeout` and `timeout_ms`.
const MIN_SIMILARITY: f64 = 0.88;

/// How much of a name is compared, in characters.
const MAX_COMPARED_CHARS: usize = 64;

/// Returns the name that was probably meant, or `None` if none is near.
///
/// Case and separators do not matter: `fullPage` and `full-page` are `full_page`. `nested` are the
/// paths of fields of objects, such as `viewport.width`: they are meant if a name is the whole path
/// or the last part of it.
pub(super) fn nearest<'a>(given: &str, known: &[&'a str], nested: &'a [String]) -> Option<&'a str> {
    let given = normal(given);
    if let Some(exact) = known.iter().copied().find(|name| normal(name) == given) {
        return Some(exact);
    }
    let is_nested = |path: &&String| {
        let last = path.rsplit('.').next().unwrap_or_default();
        normal(path) == given || normal(last) == given
    };
    if let Some(path) = nested.iter().find(is_nested) {
        return Some(path);
    }
    let paths = nested.iter().map(String::as_str);
    let scored = known.iter().copied().chain(paths).filter_map(|name| Some((score(&given, &normal(name))?, name)));
    scored.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

/// Returns how near two names are, or `None` if they are far apart.
fn score(given: &str, name: &str) -> Option<f64> {
    let (letters, similarity) = (normalized_damerau_levenshtein(given, name), jaro_winkler(given, name));
    (letters >= MIN_LETTERS || similarity >= MIN_SIMILARITY).then_some(letters + similarity)
}

/// Letters and digits, in lower case.
fn normal(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).take(MAX_COMPARED_CHARS);
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const FIELDS: &[&str] = &[
        "url",
        "html",
        "base_url",
        "format",
        "quality",
        "full_page",
        "viewport",
        "wait_for",
        "timeout_ms",
        "timeout_fallback_to",
        "delay_ms",
        "scroll",
        "dark_mode",
        "reduced_motion",
        "priority",
        "async_mode",
        "cookies",
        "headers",
        "margin",
        "selector",
        "omit_background",
    ];

    fn suggested(given: &str) -> Option<String> {
        let nested = ["viewport.width", "viewport.height", "viewport.device_scale_factor", "margin.top"];
        let nested = nested.map(str::to_owned);
        nearest(given, FIELDS, &nested).map(str::to_owned)
    }

    #[test]
    fn a_misspelled_name_is_recognised() {
        for (given, meant) in [
            ("full_pgae", "full_page"),
            ("veiwport", "viewport"),
            ("fullPage", "full_page"),
            ("fullpage", "full_page"),
            ("FULL-PAGE", "full_page"),
            ("waitFor", "wait_for"),
            ("wait_of", "wait_for"),
            ("timeoutMs", "timeout_ms"),
            ("timeout", "timeout_ms"),
            ("delay", "delay_ms"),
            ("ulr", "url"),
            ("uri", "url"),
            ("htlm", "html"),
            ("fromat", "format"),
            ("qualtiy", "quality"),
            ("cookie", "cookies"),
            ("selektor", "selector"),
            ("omitBackground", "omit_background"),
            ("darkmode", "dark_mode"),
            ("viewport_width", "viewport.width"),
            ("viewportHeight", "viewport.height"),
            ("viewport_hegiht", "viewport.height"),
            ("width", "viewport.width"),
            ("deviceScaleFactor", "viewport.device_scale_factor"),
        ] {
            assert_eq!(suggested(given).as_deref(), Some(meant), "{given}");
        }
    }

    #[test]
    fn a_name_that_is_far_from_every_other_is_not_corrected() {
        for given in ["x", "name", "foo", "api_key", "watermark", "", "日本語", "zzzzzzzz"] {
            assert_eq!(suggested(given), None, "{given}");
        }
    }

    #[test]
    fn a_misspelled_value_is_recognised() {
        for (given, known, meant) in [
            ("pgn", &["png", "jpeg", "webp"][..], "png"),
            ("PNG", &["png", "jpeg", "webp"], "png"),
            ("jpge", &["png", "jpeg", "webp"], "jpeg"),
            ("wepb", &["png", "jpeg", "webp"], "webp"),
            ("a4", &["A3", "A4", "Letter"], "A4"),
            ("Lettre", &["A3", "A4", "Letter"], "Letter"),
            ("landscpae", &["portrait", "landscape"], "landscape"),
            ("network-idle", &["load", "network_idle"], "network_idle"),
        ] {
            assert_eq!(nearest(given, known, &[]), Some(meant), "{given}");
        }
        assert_eq!(nearest("gif", &["png", "jpeg", "webp"], &[]), None);
        assert_eq!(nearest("sideways", &["portrait", "landscape"], &[]), None);
    }
}
