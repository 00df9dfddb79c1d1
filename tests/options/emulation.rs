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

/// Prints what a page sees with the option, and without it before and after.
async fn assert_seen(script: &str, options: Value, seen: &str) {
    let html = format!("<!doctype html><p id=seen></p><script>(async () => {script})().then(text => {{
        document.getElementById('seen').textContent = `seen:${{text}}:`; document.getElementById('seen').className = 'done' }})</script>");
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        for (options, is_seen) in [(json!({}), false), (options, true), (json!({}), false)] {
            let mut body = json!({"html": html, "wait_for": ".done"});
            body.as_object_mut().expect("an object").extend(options.as_object().expect("options").clone());

            let pdf = service.post(&key, "/v1/pdf", &body).await;

            assert_eq!(pdf.status, 200, "{options}: {}", pdf.json());
            let text = read_pdf(&pdf.bytes).text.replace('\n', "");
            assert_eq!(text.contains(&format!("seen:{seen}:")), is_seen, "{options}: {text}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_agent_is_seen_by_the_page_of_one_job() {
    assert_seen("navigator.userAgent", json!({"user_agent": "Tester/1.0"}), "Tester/1.0").await;
}

#[tokio::test]
async fn a_locale_sets_the_language_of_one_job() {
    let script = "navigator.language + '|' + (1234.5).toLocaleString()";
    assert_seen(script, json!({"locale": "de-DE"}), "de-DE|1.234,5").await;
}

#[tokio::test]
async fn a_timezone_sets_the_clock_of_one_job() {
    let script = "Intl.DateTimeFormat().resolvedOptions().timeZone + '|' + new Date(0).getHours()";
    assert_seen(script, json!({"timezone": "Asia/Tokyo"}), "Asia/Tokyo|9").await;
}

#[tokio::test]
async fn a_geolocation_is_where_the_page_of_one_job_is() {
    let script = "new Promise(done => navigator.geolocation.getCurrentPosition(
        ({ coords }) => done(`${coords.latitude}|${coords.longitude}|${coords.accuracy}`), error => done(`denied ${error.code}`)))";
    let position = json!({"latitude": 52.5, "longitude": -13.25, "accuracy": 50});
    assert_seen(script, json!({"geolocation": position}), "52.5|-13.25|50").await;
}

#[tokio::test]
async fn a_user_agent_and_a_language_are_sent_to_the_target_of_one_job() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        service.site.put_html("/log", "<!doctype html><img src=/log-image>");
        let url = service.site.page("/log");

        for options in [json!({"user_agent": "Tester/1.0", "locale": "de-AT"}), json!({}), json!({"locale": "de-AT"})] {
            let mut body = json!({"url": url, "wait_for": "load"});
            body.as_object_mut().expect("an object").extend(options.as_object().expect("options").clone());
            assert_eq!(service.post(&key, "/v1/screenshot", &body).await.status, 200);
        }

        for path in ["/log", "/log-image"] {
            let sent: Vec<_> = service.site.requests(path);
            let [named, default, german] = sent.as_slice() else { panic!("three requests") };
            assert_eq!(named.header("user-agent"), "Tester/1.0", "{path}");
            assert!(named.header("accept-language").starts_with("de-AT,de"), "{}", named.header("accept-language"));
            assert!(
                default.header("user-agent").contains("Chrome/") && !default.header("accept-language").contains("de")
            );
            assert_eq!(german.header("user-agent"), default.header("user-agent"), "{path}");
            assert!(german.header("accept-language").starts_with("de-AT,de"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_medium_decides_on_the_style_sheets_of_one_job() {
    let html = "<!doctype html><style>body { margin: 0; background: #ffffff } @media print { body { background: #0000ff } .s { display: none } }
        @media screen { .p { display: none } }</style><span class=s>onscreen</span><span class=p>onpaper</span>";
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        for (media, colour, words) in [
            (Value::Null, WHITE, "onpaper"),
            (json!("screen"), WHITE, "onscreen"),
            (json!("print"), BLUE, "onpaper"),
            (Value::Null, WHITE, "onpaper"),
        ] {
            let mut body = json!({"html": html});
            if !media.is_null() {
                body["media"] = media.clone();
            }

            let image = service.post(&key, "/v1/screenshot", &body).await;
            let pdf = service.post(&key, "/v1/pdf", &body).await;

            decode_image(&image.bytes).assert_colour((640, 360), colour);
            assert_eq!(read_pdf(&pdf.bytes).text.trim(), words, "{media}");
        }
    })
    .await;
}
