//! Emulation: the user and the device that a page sees.

use harness::{decode_image, read_pdf, with_service};
use serde_json::{Value, json};

const WHITE: [u8; 3] = [255, 255, 255];
const BLUE: [u8; 3] = [0, 0, 255];

/// A page that is blue, and says so, where a media feature matches.
fn page(feature: &str) -> String {
    format!(
        "<!doctype html><style>body {{ margin: 0; background: white }} @media ({feature}) {{ body {{ background: blue }} }}</style>
        <script>document.write(matchMedia('({feature})').matches ? 'matches' : 'differs')</script>"
    )
}

/// Renders the page without the option, with it, and without it again: the account's next job
/// does not see it.
async fn assert_emulated(option: &str, feature: &str) {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        for (value, colour, text) in
            [(json!(false), WHITE, "differs"), (json!(true), BLUE, "matches"), (Value::Null, WHITE, "differs")]
        {
            let mut body = json!({"html": page(feature)});
            if !value.is_null() {
                body[option] = value.clone();
            }
            let image = service.post(&key, "/v1/screenshot", &body).await;
            assert_eq!(image.status, 200, "{}", image.json());
            decode_image(&image.bytes).assert_colour((640, 360), colour);
            let pdf = service.post(&key, "/v1/pdf", &body).await;
            assert_eq!(pdf.status, 200, "{}", pdf.json());
            assert_eq!(read_pdf(&pdf.bytes).text.trim(), text, "{option}: {value}");
        }
    })
    .await;
}

#[tokio::test]
async fn dark_mode_emulates_a_preference_for_dark_colours_for_one_job() {
    assert_emulated("dark_mode", "prefers-color-scheme: dark").await;
}

#[tokio::test]
async fn reduced_motion_emulates_a_preference_for_reduced_motion_for_one_job() {
    assert_emulated("reduced_motion", "prefers-reduced-motion: reduce").await;
}

/// Cross-site frames run in a process of their own. Reported for other renderers as dark pages
/// with light frames.
#[tokio::test]
async fn dark_mode_reaches_a_frame_of_another_site() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        service.site.put_html("/frame", page("prefers-color-scheme: dark"));
        let frame = service.site.page("/frame");
        let html = format!(
            "<!doctype html><style>body {{ margin: 0 }} iframe {{ border: 0; width: 100vw; height: 100vh }}</style>
            <iframe src='{frame}'></iframe>"
        );

        let body = json!({"html": html, "wait_for": "load", "dark_mode": true});
        let image = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!(image.status, 200, "{}", image.json());
        decode_image(&image.bytes).assert_colour((640, 360), BLUE);
    })
    .await;
}
