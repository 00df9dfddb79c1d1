//! Fonts: those of offices and formulas, which `bootstrap` installs.

use harness::{decode_image, with_service};
use serde_json::json;

const GREEN: [u8; 3] = [0, 255, 0];

/// A page that is green if a script finds it so, and red otherwise.
async fn assert_green(package: &str, body: &str, condition: &str) {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let html = format!(
            "<!doctype html><body>{body}<script>
             const width = family => {{
                 const text = document.createElement('span');
                 text.style.cssText = `position: absolute; white-space: pre; font: 40px ${{family}}`;
                 text.textContent = 'Hamburgefonstiv 0123456789';
                 document.body.append(text);
                 return text.getBoundingClientRect().width;
             }};
             document.body.style.background = {condition} ? '#00ff00' : '#ff0000'</script>"
        );

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
