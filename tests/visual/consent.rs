//! Consent walls, pop-ups and chat boxes are removed from the pages in `consent`, and nothing else.
//!
//! What has to go is magenta. What has to stay is green in the first window, orange at the end of the
//! page, which a wall keeps from scrolling, and blue where a page looks as if it had a wall. A page
//! names its colours, whether it shows a `popup`, and whether that comes `late`, in `expect`.

use std::fs;
use std::path::Path;

use harness::{Service, with_service};
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::page::{taken, window, with};

const MAGENTA: [u8; 3] = [0xff, 0, 0xff];
const STAYS: [(&str, [u8; 3]); 3] =
    [("green", [0, 0xc8, 0x53]), ("orange", [0xff, 0x6d, 0]), ("blue", [0x29, 0x62, 0xff])];

/// A part of a page is there if this many of its pixels are.
const MIN_PIXELS: usize = 10_000;

struct Case {
    name: String,
    html: String,
    expect: String,
}

impl Case {
    fn expects(&self, word: &str) -> bool {
        self.expect.split(' ').any(|expected| expected == word)
    }

    fn is_kept(&self) -> bool {
        self.name.starts_with("keep_")
    }

    async fn render(&self, service: &Service, key: &str, option: Value) -> RgbImage {
        let delay = if self.expects("late") { 900 } else { 0 };
        let page = json!({"html": self.html, "full_page": true, "wait_for": "load", "delay_ms": delay});
        taken(service, key, &with(with(window(1280, 720), page), option), ImageFormat::Png).await
    }

    fn assert_clean(&self, picture: &RgbImage) {
        let Self { name, .. } = self;
        let left = count(picture, |pixel| pixel == MAGENTA);
        assert_eq!(left, 0, "{name}: pixels of what should be gone");
        for (color, value) in STAYS.into_iter().filter(|(color, _)| self.expects(color)) {
            let shown = count(picture, |pixel| pixel == value);
            assert!(shown > MIN_PIXELS, "{name}: {shown} pixels are {color}");
        }
    }
}

#[tokio::test]
async fn consent_walls_are_removed_by_either_option() {
    with_pages(async |service, key| {
        for case in cases(|case| !case.is_kept() && !case.expects("popup")) {
            let shown = case.render(service, key, json!({})).await;
            assert!(count(&shown, |pixel| pixel == MAGENTA) > MIN_PIXELS / 10, "{}: shows no wall", case.name);
            for option in [json!({"block_cookie_banners": true}), json!({"ai_cleanup": "fast"})] {
                case.assert_clean(&case.render(service, key, option).await);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn popups_and_chat_boxes_are_removed_by_a_cleanup_alone() {
    with_pages(async |service, key| {
        for case in cases(|case| case.expects("popup")) {
            let shown = case.render(service, key, json!({"block_cookie_banners": true})).await;
            assert!(count(&shown, |pixel| pixel == MAGENTA) > MIN_PIXELS / 10, "{}: shows no pop-up", case.name);
            case.assert_clean(&case.render(service, key, json!({"ai_cleanup": "fast"})).await);
        }
    })
    .await;
}

#[tokio::test]
async fn what_only_looks_like_a_wall_stays_as_it_is() {
    with_pages(async |service, key| {
        for case in cases(Case::is_kept) {
            let before = case.render(service, key, json!({})).await;
            let after = case.render(service, key, json!({"ai_cleanup": "fast", "block_cookie_banners": true})).await;
            case.assert_clean(&after);
            assert!(before == after, "{}: the page has changed", case.name);
        }
    })
    .await;
}

#[test]
fn the_pages_are_enough() {
    assert!(cases(|case| !case.is_kept()).len() >= 24);
    assert!(cases(Case::is_kept).len() >= 6);
}

/// Runs a test with a worker, and credits for every page.
async fn with_pages(test: impl AsyncFnOnce(&Service, &str)) {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 500).await;
        test(service, &key).await;
    })
    .await;
}

fn count(picture: &RgbImage, is_counted: impl Fn([u8; 3]) -> bool) -> usize {
    picture.pixels().filter(|pixel| is_counted(pixel.0)).count()
}

fn cases(is_wanted: impl Fn(&Case) -> bool) -> Vec<Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("visual/consent");
    let mut cases: Vec<Case> = fs::read_dir(dir)
        .expect("the pages")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let html = fs::read_to_string(&path).expect("a page");
            let (_, rest) = html.split_once(r#"<meta name="expect" content=""#).expect("what to expect");
            let expect = rest.split('"').next().unwrap_or_default().to_owned();
            Case { name: path.file_stem().expect("a name").to_string_lossy().into_owned(), html, expect }
        })
        .filter(is_wanted)
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}
