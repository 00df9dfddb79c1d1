//! Filter lists: those of the release, and those of an operator.

use std::fs;

use harness::{Service, binary, decode_image, run, with_service, with_worker};
use serde_json::{Value, json};

const GREEN: [u8; 3] = [0, 0xff, 0];
const MAGENTA: [u8; 3] = [0xff, 0, 0xff];

/// Serves a page with the requests and elements that the lists name, and returns its URL. The boxes of
/// the elements are magenta, each in a row of its own on green.
fn page(service: &Service) -> String {
    let site = &service.site;
    for path in ["/adasync.js", "/acctag.js", "/own.js"] {
        site.put(path, |_| poem::Response::builder().content_type("text/javascript").body(""));
    }
    site.put_html(
        "/page",
        "<!doctype html><style>body { margin: 0; background: #00ff00 } .AdSense, .cky-overlay, .own-offer \
         { position: absolute; left: 0; width: 100%; height: 100px; background: #ff00ff } .cky-overlay { top: 100px } \
         .own-offer { top: 200px }</style><div class='AdSense'></div><div class='cky-overlay'></div>\
         <div class='own-offer'></div>\
         <script src='/adasync.js'></script><script src='/acctag.js'></script><script src='/own.js'></script>",
    );
    site.page("/page")
}

/// Renders the page, asserts which of its boxes are shown, and returns which scripts were requested.
async fn rendered(service: &Service, key: &str, mut body: Value, boxes: [bool; 3]) -> [bool; 3] {
    let paths = ["/adasync.js", "/acctag.js", "/own.js"];
    let before = paths.map(|path| service.site.requests(path).len());
    body["url"] = json!(page(service));
    body["wait_for"] = json!("load");
    let image = service.post(key, "/v1/screenshot", &body).await;
    assert_eq!(image.status, 200, "{}", image.json());
    let image = decode_image(&image.bytes);
    for (y, is_shown) in [50, 150, 250].into_iter().zip(boxes) {
        image.assert_colour((600, y), if is_shown { MAGENTA } else { GREEN });
    }
    let after = paths.map(|path| service.site.requests(path).len());
    [0, 1, 2].map(|at| after[at] > before[at])
}

#[tokio::test]
async fn each_option_leaves_out_what_its_list_names() {
    with_worker(async |service, key| {
        // EasyList hides nothing in general on 127.0.0.1.
        for (body, boxes, requested) in [
            (json!({}), [true, true, true], [true, true, true]),
            (json!({"block_ads": true}), [true, true, true], [false, true, true]),
            (json!({"block_trackers": true}), [true, true, true], [true, false, true]),
            (json!({"block_cookie_banners": true}), [true, false, true], [true, true, true]),
            (json!({"block_ads": true, "block_trackers": true}), [true, true, true], [false, false, true]),
            (json!({"block_ads": false}), [true, true, true], [true, true, true]),
        ] {
            assert_eq!(rendered(service, key, body.clone(), boxes).await, requested, "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn lists_of_an_operator_replace_those_of_their_kind() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("ads-own.txt"), "/own.js\n##.own-offer\n").expect("our directory");
    let path = dir.path().to_str().expect("a UTF-8 path");
    with_service(async |service| {
        let worker = service.worker_process_with(1, &[("TINTYPE_LISTS", path)]).await;
        let key = service.account("ada", 10).await;
        let body = json!({"block_ads": true, "block_trackers": true});

        let requested = rendered(service, &key, body, [true, true, false]).await;

        assert_eq!(requested, [true, false, false]);
        drop(worker);
    })
    .await;
}

#[tokio::test]
async fn a_broken_list_stops_the_worker_and_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("trackers.txt"), "<!doctype html>\n<title>Not found</title>\n").expect("our directory");
    let path = dir.path().to_str().expect("a UTF-8 path");
    with_service(async |service| {
        let env = [("DATABASE_URL", &*service.database_url), ("TINTYPE_LISTS", path)];

        let ended = run(&binary("tintype-worker"), &[], &env).await;

        assert_ne!(ended.code, Some(0), "{}", ended.stdout);
        assert!(ended.stderr.contains("trackers.txt is not a filter list: line 1"), "{}", ended.stderr);
    })
    .await;
}
