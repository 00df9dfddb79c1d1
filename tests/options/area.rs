//! The area of a screenshot: a rectangle, an element, a device's window; and what is behind the page.

use harness::{Service, decode_image, with_worker};
use serde_json::{Value, json};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

/// Green, 2,000 px tall, with a red box of 200 × 100 at (100, 50) and a blue one at (50, 1500).
const BOXES: &str = "<!doctype html><style>body { margin: 0; height: 2000px; background: #00ff00 }
    div { position: absolute; width: 200px; height: 100px }</style>
    <div id=red style='left: 100px; top: 50px; background: #ff0000'></div>
    <div id=blue class=late style='left: 50px; top: 1500px; background: #0000ff'></div>";

async fn screenshot(service: &Service, key: &str, html: &str, options: Value) -> harness::ApiResponse {
    let mut body = json!({"html": html});
    body.as_object_mut().expect("an object").extend(options.as_object().expect("options").clone());
    service.post(key, "/v1/screenshot", &body).await
}

#[tokio::test]
async fn a_clip_is_a_rectangle_of_the_page() {
    with_worker(async |service, key| {
        for (clip, size, colours) in [
            (
                json!({"x": 100, "y": 50, "width": 200, "height": 100}),
                (200, 100),
                vec![((0, 0), RED), ((199, 99), RED)],
            ),
            (json!({"x": 90, "y": 40, "width": 20, "height": 20}), (20, 20), vec![((5, 5), GREEN), ((15, 15), RED)]),
            (
                json!({"x": 0, "y": 1400, "width": 300, "height": 300}),
                (300, 300),
                vec![((60, 150), BLUE), ((5, 5), GREEN)],
            ),
        ] {
            let image = screenshot(service, key, BOXES, json!({"clip": clip})).await;

            assert_eq!(image.status, 200, "{clip}: {}", image.json());
            let image = decode_image(&image.bytes);
            assert_eq!(image.size(), size, "{clip}");
            for (at, colour) in colours {
                image.assert_colour(at, colour);
            }
        }
        let whole = screenshot(service, key, BOXES, json!({})).await;
        assert_eq!(decode_image(&whole.bytes).size(), (1280, 720), "the next job has no clip");
    })
    .await;
}

#[tokio::test]
async fn a_clip_has_the_scale_of_the_device() {
    with_worker(async |service, key| {
        let clip = json!({"x": 100, "y": 50, "width": 200.5, "height": 100});
        let viewport = json!({"width": 600, "height": 400, "device_scale_factor": 2});

        let image = screenshot(service, key, BOXES, json!({"clip": clip, "viewport": viewport})).await;

        assert_eq!(decode_image(&image.bytes).size(), (401, 200));
    })
    .await;
}

#[tokio::test]
async fn a_clip_that_reaches_beyond_the_page_is_trimmed_and_one_outside_of_it_is_an_error() {
    with_worker(async |service, key| {
        let partly = json!({"x": 0, "y": 1900, "width": 100, "height": 500});
        let outside = json!({"x": 0, "y": 2000, "width": 100, "height": 100});

        let trimmed = screenshot(service, key, BOXES, json!({"clip": partly})).await;
        let failed = screenshot(service, key, BOXES, json!({"clip": outside})).await;

        assert_eq!(decode_image(&trimmed.bytes).size(), (100, 100));
        let job = service.get(key, &format!("/v1/jobs/{}", trimmed.header("x-job-id"))).await.json();
        assert_eq!(job["warnings"][0]["code"], "CLIP_TRIMMED", "{job}");
        assert_eq!((failed.status, &failed.json()["detail"]["reason"]), (500, &json!("clip_outside_page")));
        assert_eq!(failed.header("x-credits-used"), "0");
    })
    .await;
}

#[tokio::test]
async fn a_selector_is_captured_as_its_first_element_wherever_it_is() {
    with_worker(async |service, key| {
        let scroller = "<!doctype html><body style='margin:0'><div style='height:300px;overflow:auto'>
            <div style='height:1000px'></div><p id=in style='margin:0;width:40px;height:30px;background:#ff0000'></p></div>";
        for (html, selector, size, colour) in [
            (BOXES, "#red", (200, 100), RED),
            (BOXES, ".late", (200, 100), BLUE),
            (BOXES, "div", (200, 100), RED),
            (scroller, "#in", (40, 30), RED),
            ("<!doctype html><script>setTimeout(() => document.body.innerHTML = '<p style=\"width:50px;height:20px;background:#0000ff\">', 500)</script>",
             "p", (50, 20), BLUE),
        ] {
            let image = screenshot(service, key, html, json!({"selector": selector})).await;

            assert_eq!(image.status, 200, "{selector}: {}", image.json());
            let image = decode_image(&image.bytes);
            assert_eq!(image.size(), size, "{selector}");
            for at in [(0, 0), (size.0 - 1, size.1 - 1)] {
                image.assert_colour(at, colour);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_selector_without_a_visible_element_fails_the_job() {
    with_worker(async |service, key| {
        let html = "<!doctype html><p hidden>hidden</p><div style='height:0'></div>
            <span style='visibility:hidden'>invisible</span>";
        for (selector, reason) in [
            ("#missing", "selector_not_found"),
            ("p", "selector_not_found"),
            ("div", "selector_not_found"),
            ("span", "selector_not_found"),
            ("p:[", "selector_invalid"),
        ] {
            let failed = screenshot(service, key, html, json!({"selector": selector})).await;

            assert_eq!((failed.status, &failed.json()["detail"]["reason"]), (500, &json!(reason)), "{selector}");
            assert_eq!(failed.header("x-credits-used"), "0");
        }
    })
    .await;
}

#[tokio::test]
async fn a_device_sets_window_scale_touch_and_browser_for_one_job() {
    let html = "<!doctype html><meta name=viewport content='width=device-width'><body style='margin:0'><script>
        const phone = navigator.maxTouchPoints > 0 && /Android.*Mobile/.test(navigator.userAgent) && matchMedia('(pointer: coarse)').matches;
        document.body.style.background = phone ? '#0000ff' : '#ffffff'</script>";
    with_worker(async |service, key| {
        for (device, size, colour) in [
            (json!("mobile"), (1170, 2532), BLUE),
            (Value::Null, (1280, 720), WHITE),
            (json!("tablet"), (1640, 2360), WHITE),
            (json!("laptop"), (1440, 900), WHITE),
            (json!("desktop"), (1920, 1080), WHITE),
        ] {
            let options = if device.is_null() { json!({}) } else { json!({"device": device}) };
            let image = screenshot(service, key, html, options).await;

            assert_eq!(image.status, 200, "{device}: {}", image.json());
            let image = decode_image(&image.bytes);
            assert_eq!(image.size(), size, "{device}");
            image.assert_colour((100, 100), colour);
        }
    })
    .await;
}

/// Reported for other services: a page that was not made for phones is cut off in its full-page
/// picture.
#[tokio::test]
async fn a_page_without_a_viewport_is_captured_whole_on_a_phone() {
    let html = "<!doctype html><body style='margin:0'><div style='width:980px;height:3000px;background:#0000ff'></div>";
    with_worker(async |service, key| {
        let image = screenshot(service, key, html, json!({"device": "mobile", "full_page": true})).await;

        assert_eq!(image.status, 200, "{}", image.json());
        let image = decode_image(&image.bytes);
        let (width, height) = image.size();
        image.assert_colour((width - 5, height - 5), BLUE);
        image.assert_colour((5, 5), BLUE);
    })
    .await;
}

#[tokio::test]
async fn a_background_that_is_omitted_keeps_partial_transparency_for_one_job() {
    let html = "<!doctype html><body style='margin:0'><div style='width:50px;height:50px;background:rgb(255 0 0 / 50%)'></div>";
    with_worker(async |service, key| {
        for (format, omit, corner, half) in [
            ("png", true, [0, 0, 0, 0], [255, 0, 0, 128]),
            ("png", false, [255, 255, 255, 255], [255, 127, 127, 255]),
            ("webp", true, [0, 0, 0, 0], [255, 0, 0, 128]),
        ] {
            for area in [json!({}), json!({"full_page": true}), json!({"selector": "div"})] {
                let mut options = area.clone();
                options["format"] = json!(format);
                if omit {
                    options["omit_background"] = json!(true);
                }
                let image = screenshot(service, key, html, options).await;

                assert_eq!(image.status, 200, "{format}: {}", image.json());
                let image = image::load_from_memory(&image.bytes).expect("an image").into_rgba8();
                let near =
                    |found: [u8; 4], expected: [u8; 4]| found.iter().zip(expected).all(|(f, e)| f.abs_diff(e) <= 2);
                let half_found = image.get_pixel(25, 25).0;
                assert!(near(half_found, half), "{format} {area} {omit}: {half_found:?}");
                if area.get("selector").is_none() {
                    let corner_found = image.get_pixel(200, 200).0;
                    assert!(near(corner_found, corner), "{format} {area} {omit}: {corner_found:?}");
                }
            }
        }
    })
    .await;
}
