use std::fs;

use super::{Blocklist, Kinds, ListError, Names};

const ADS: Kinds = Kinds { ads: true, trackers: false, cookie_banners: false };
const TRACKERS: Kinds = Kinds { ads: false, trackers: true, cookie_banners: false };
const COOKIES: Kinds = Kinds { ads: false, trackers: false, cookie_banners: true };
const ALL: Kinds = Kinds { ads: true, trackers: true, cookie_banners: true };
const PAGE: &str = "https://news.example.com/article";

fn shipped() -> Blocklist {
    Blocklist::load(None).unwrap()
}

/// Lists of an operator, as file names and texts.
fn operator(files: &[(&str, &str)]) -> Result<Blocklist, ListError> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    Blocklist::load(Some(dir.path()))
}

#[test]
fn each_kind_blocks_its_own_requests_and_no_other() {
    let lists = shipped();
    let cases = [
        (ADS, "https://securepubads.g.doubleclick.net/tag/js/gpt.js", "Script"),
        (ADS, "https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js", "Script"),
        (ADS, "https://c.amazon-adsystem.com/aax2/apstag.js", "Script"),
        (ADS, "https://ib.adnxs.com/ut/v3/prebid", "XHR"),
        (TRACKERS, "https://www.google-analytics.com/analytics.js", "Script"),
        (TRACKERS, "https://static.hotjar.com/c/hotjar-1.js", "Script"),
        (TRACKERS, "https://sb.scorecardresearch.com/beacon.js", "Script"),
        (TRACKERS, "https://bat.bing.com/action/0?ti=1", "Image"),
        (COOKIES, "https://cdn.cookielaw.org/scripttemplates/otSDKStub.js", "Script"),
        (COOKIES, "https://consent.cookiebot.com/uc.js", "Script"),
        (COOKIES, "https://cdn.privacy-mgmt.com/index.html?message_id=1", "Document"),
    ];
    for (kinds, url, resource_type) in cases {
        for other in [ADS, TRACKERS, COOKIES] {
            assert_eq!(lists.blocks(other, url, PAGE, resource_type), other == kinds, "{url} {other:?}");
        }
        assert!(lists.blocks(ALL, url, PAGE, resource_type), "{url}");
        assert!(!lists.blocks(Kinds::default(), url, PAGE, resource_type), "{url}");
    }
}

#[test]
fn a_page_keeps_what_it_is_made_of() {
    let lists = shipped();
    let requests = [
        ("https://news.example.com/style.css", "Stylesheet"),
        ("https://cdn.jsdelivr.net/npm/vue@3/dist/vue.global.js", "Script"),
        ("https://fonts.gstatic.com/s/roboto/v30/a.woff2", "Font"),
        ("https://images.example.com/ad-free-life/photo.jpg", "Image"),
        ("https://www.youtube.com/embed/abc", "Document"),
        ("https://api.example.com/graphql", "Fetch"),
        ("wss://live.example.com/socket", "WebSocket"),
        ("data:image/png;base64,AAAA", "Image"),
        ("blob:https://news.example.com/1", "Media"),
        ("not a url", "Other"),
    ];
    for (url, resource_type) in requests {
        assert!(!lists.blocks(ALL, url, PAGE, resource_type), "{url}");
    }
}

#[test]
fn a_site_may_be_captured_although_others_block_it() {
    let lists = shipped();
    for page in ["https://www.cookiebot.com/", "https://consent.cookiebot.com/en/", "https://analytics.google.com/"] {
        assert!(!lists.blocks(ALL, page, page, "Document"), "{page}");
    }
    let own = "https://consent.cookiebot.com/logo.png";
    assert!(!lists.blocks(COOKIES, own, "https://www.cookiebot.com/", "Image"));
}

#[test]
fn an_exception_of_any_list_excuses_a_request() {
    let lists = operator(&[
        ("ads.txt", "||ads.example^\n@@||ads.example/needed.js$script\n@@||tracker.example/login^\n"),
        ("trackers.txt", "||tracker.example^\n||ads.example^\n"),
    ])
    .unwrap();
    for kinds in [ADS, ALL] {
        assert!(lists.blocks(kinds, "https://ads.example/banner.js", PAGE, "Script"));
        assert!(!lists.blocks(kinds, "https://ads.example/needed.js", PAGE, "Script"));
        assert!(lists.blocks(kinds, "https://ads.example/needed.js", PAGE, "Image"));
    }
    assert!(lists.blocks(TRACKERS, "https://tracker.example/login", PAGE, "Fetch"));
    assert!(!lists.blocks(ALL, "https://tracker.example/login", PAGE, "Fetch"));
}

#[test]
fn an_important_rule_wins_over_exceptions() {
    let lists = operator(&[("ads.txt", "||ads.example^$important\n@@||ads.example^\n")]).unwrap();
    assert!(lists.blocks(ADS, "https://ads.example/x.js", PAGE, "Script"));
}

#[test]
fn a_rule_applies_to_its_types_parties_and_sites_only() {
    let rules = "||typed.example^$script,websocket\n||third.example^$third-party\n||site.example^$domain=example.com\n\
                 ||frame.example^$subdocument\n||ping.example^$ping\n";
    let lists = operator(&[("ads-own.txt", rules)]).unwrap();
    let blocks = |url: &str, page: &str, resource_type: &str| lists.blocks(ADS, url, page, resource_type);
    assert!(blocks("https://typed.example/a", PAGE, "Script"));
    assert!(blocks("wss://typed.example/a", PAGE, "WebSocket"));
    assert!(!blocks("https://typed.example/a", PAGE, "Image"));
    assert!(blocks("https://third.example/a", PAGE, "Image"));
    assert!(!blocks("https://third.example/a", "https://www.third.example/", "Image"));
    assert!(blocks("https://site.example/a", PAGE, "Image"));
    assert!(!blocks("https://site.example/a", "https://other.test/", "Image"));
    assert!(blocks("https://frame.example/a", PAGE, "Document"));
    assert!(!blocks("https://frame.example/a", PAGE, "Image"));
    assert!(blocks("https://ping.example/a", PAGE, "Ping"));
    assert!(!blocks("https://ping.example/a", PAGE, "Fetch"));
}

#[test]
fn hosts_of_one_public_suffix_are_of_different_parties() {
    let lists = operator(&[("ads.txt", "||b.github.io^$third-party\n||b.co.uk^$third-party\n")]).unwrap();
    assert!(lists.blocks(ADS, "https://b.github.io/x", "https://a.github.io/", "Script"));
    assert!(lists.blocks(ADS, "https://b.co.uk/x", "https://a.co.uk/", "Script"));
    assert!(!lists.blocks(ADS, "https://cdn.b.co.uk/x", "https://www.b.co.uk/", "Script"));
}

#[test]
fn hiding_rules_are_those_of_the_site_and_of_the_names_in_the_page() {
    let rules = "##.ad-box\n##.ad-box.is-open\n###ad-id\n##div[data-ad]\nexample.com##.promo\nother.test##.promo2\n\
                 calm.test#@#.ad-box\n##p:has-text(ad)\n##a:upward(2)\n";
    let lists = operator(&[("ads.txt", rules)]).unwrap();
    let css = lists.hiding_css(ADS, PAGE);
    assert_eq!(css, ".promo{display:none!important}\ndiv[data-ad]{display:none!important}\n");
    let names = Names { classes: vec!["ad-box".into(), "article".into()], ids: vec!["ad-id".into(), "ad-id".into()] };
    let general = lists.hiding_css_for(ADS, PAGE, &names);
    assert_eq!(general.lines().count(), 3, "{general}");
    assert!(!lists.hiding_css_for(ADS, "https://calm.test/", &names).contains(".ad-box{"));
    assert_eq!(lists.hiding_css_for(TRACKERS, PAGE, &Names::default()), "");
}

#[test]
fn a_site_may_be_excused_from_general_hiding() {
    let lists = operator(&[("ads.txt", "##.ad-box\n##div[data-ad]\n@@||calm.test^$generichide\n")]).unwrap();
    let names = Names { classes: vec!["ad-box".into()], ids: vec![] };
    assert_eq!(lists.hiding_css(ADS, "https://calm.test/"), "");
    assert_eq!(lists.hiding_css_for(ADS, "https://calm.test/", &names), "");
}

#[test]
fn a_selector_cannot_end_its_rule() {
    let rules = "example.com##.a}body{background:url(https://x.test)\nexample.com##.b/*\nexample.com##.c\n";
    let css = operator(&[("ads.txt", rules)]).unwrap().hiding_css(ADS, PAGE);
    assert_eq!(css, ".c{display:none!important}\n");
}

#[test]
fn stylesheets_are_bounded() {
    let rules: Vec<_> = (0..20_000).map(|at| format!("example.com##.promotion-number-{at}")).collect();
    let css = operator(&[("ads.txt", &rules.join("\n"))]).unwrap().hiding_css(ADS, PAGE);
    assert!(css.len() <= 256 * 1024 && css.len() > 200 * 1024 && css.ends_with("}\n"), "{}", css.len());
    let css = shipped().hiding_css(ALL, PAGE);
    assert!((10_000..100_000).contains(&css.len()), "{}", css.len());
}

#[test]
fn lists_of_an_operator_replace_those_of_their_kind() {
    let lists = operator(&[("ads.txt", "||one.example^\n"), ("ads-2.txt", "||two.example^\n")]).unwrap();
    assert!(lists.blocks(ADS, "https://one.example/a", PAGE, "Image"));
    assert!(lists.blocks(ADS, "https://two.example/a", PAGE, "Image"));
    assert!(!lists.blocks(ADS, "https://securepubads.g.doubleclick.net/tag/js/gpt.js", PAGE, "Script"));
    assert!(lists.blocks(TRACKERS, "https://www.google-analytics.com/analytics.js", PAGE, "Script"));
}

#[test]
fn what_is_not_a_list_is_an_error_that_names_the_file() {
    let page = "<!DOCTYPE html>\n<html>\n<head><title>404 Not Found</title></head>\n<body>Not found</body>\n</html>\n";
    let cases = [
        ("ads.txt", page, "line 1 is not a rule"),
        ("trackers.txt", "", "it has no rules"),
        ("cookies.txt", "! Title: Only comments\n", "it has no rules"),
        ("ads-notes.txt", "Some words on what to block.\nAnd more of them.\n", "line 1 is not a rule"),
    ];
    for (name, text, reason) in cases {
        let error = operator(&[(name, text)]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(reason), "{error}");
    }
    assert!(operator(&[("easylist.txt", "||a.example^\n")]).unwrap_err().to_string().contains("name the files"));
    let missing = Blocklist::load(Some("/nonexistent/lists".as_ref())).unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/lists") && missing.contains("No such file"), "{missing}");
}

#[test]
fn a_file_that_is_not_text_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ads.txt"), [0x1f, 0x8b, 0xff]).unwrap();
    let error = Blocklist::load(Some(dir.path())).unwrap_err().to_string();
    assert!(error.contains("ads.txt") && error.contains("UTF-8"), "{error}");
}

#[test]
fn common_forms_of_lists_are_read() {
    let windows = "\u{feff}[Adblock Plus 2.0]\r\n! Title: Own\r\n\r\n||ads.example^\r\n##.ad\r\n";
    let lists = operator(&[("ads.txt", windows)]).unwrap();
    assert!(lists.blocks(ADS, "https://ads.example/a", PAGE, "Image"));
}
