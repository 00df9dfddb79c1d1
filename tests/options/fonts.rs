//! Fonts: those of offices and formulas, which `bootstrap` installs.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use harness::{decode_image, with_service};
use serde_json::json;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];

/// Returns a page that is green if a script finds it so, and red otherwise.
fn page(body: &str, condition: &str) -> String {
    format!(
        "<!doctype html><body>{body}<script>
             const width = family => {{
                 const text = document.createElement('span');
                 text.style.cssText = `position: absolute; white-space: pre; font: 40px ${{family}}`;
                 text.textContent = 'Hamburgefonstiv 0123456789';
                 document.body.append(text);
                 return text.getBoundingClientRect().width;
             }};
             document.body.style.background = {condition} ? '#00ff00' : '#ff0000'</script>"
    )
}

/// Renders a page, which must come out green.
async fn assert_green(package: &str, body: &str, condition: &str) {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let html = page(body, condition);

        let image = service.post(&key, "/v1/screenshot", &json!({"html": html})).await;

        assert_eq!(image.status, 200, "{}", image.json());
        let found = decode_image(&image.bytes).is_colour((1270, 710), GREEN);
        assert!(found, "not as expected: is {package} installed? ./bootstrap installs it");
    })
    .await;
}

#[tokio::test]
async fn calibri_is_replaced_by_a_font_of_the_same_widths() {
    let condition = "width('Calibri, monospace') === width('Carlito, monospace')
        && width('Calibri, monospace') !== width('monospace')";
    assert_green("fonts-crosextra-carlito", "", condition).await;
}

#[tokio::test]
async fn cambria_is_replaced_by_a_font_of_the_same_widths() {
    let condition = "width('Cambria, monospace') === width('Caladea, monospace')
        && width('Cambria, monospace') !== width('monospace')";
    assert_green("fonts-crosextra-caladea", "", condition).await;
}

/// Only a font with a table for mathematics has parentheses that grow.
#[tokio::test]
async fn parentheses_grow_with_a_formula_that_names_no_font() {
    let formula = "<math display=block style='font-size: 40px'><mrow><mo id=paren>(</mo>
        <mfrac><mfrac><mi>a</mi><mi>b</mi></mfrac><mfrac><mi id=letter>c</mi><mi>d</mi></mfrac></mfrac>
        <mo>)</mo></mrow></math>";
    let condition = "paren.getBoundingClientRect().height > 3 * letter.getBoundingClientRect().height";
    assert_green("fonts-lmodern", formula, condition).await;
}

/// The folder has a copy of a system font under another name.
#[tokio::test]
async fn a_font_in_the_operator_s_folder_is_used_by_name() {
    let folder = tempfile::tempdir_in("/tmp").expect("a directory");
    set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("our directory");
    let font = std::fs::read("/usr/share/fonts/truetype/crosextra/Carlito-Regular.ttf");
    let mut font = font.expect("fonts-crosextra-carlito is installed: ./bootstrap installs it");
    for (from, to) in [(&b"Carlito"[..], &b"Parlito"[..]), (b"\0C\0a\0r\0l\0i\0t\0o", b"\0P\0a\0r\0l\0i\0t\0o")] {
        for at in 0..font.len() - from.len() {
            if font[at..].starts_with(from) {
                font[at..at + to.len()].copy_from_slice(to);
            }
        }
    }
    std::fs::write(folder.path().join("parlito.ttf"), font).expect("our directory");
    let path = folder.path().to_str().expect("a UTF-8 path");

    for (env, colour) in [(&[][..], RED), (&[("TINTYPE_FONTS", path)][..], GREEN)] {
        with_service(async |service| {
            let worker = service.worker_process_with(1, env).await;
            let key = service.account("ada", 10).await;
            let condition = "width('Parlito, monospace') === width('Carlito')";

            let image = service.post(&key, "/v1/screenshot", &json!({"html": page("", condition)})).await;

            assert_eq!(image.status, 200, "{}", image.json());
            decode_image(&image.bytes).assert_colour((1270, 710), colour);
            drop(worker);
        })
        .await;
    }
}
