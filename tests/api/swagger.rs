//! Swagger UI, in a browser, as a stranger would use it.

use harness::{Service, WebPage, decode_image, read_pdf, with_worker};
use serde_json::{Value, json};

/// Functions for the scripts: `until` waits until the page has an element.
const LIBRARY: &str = "
    const until = (find) => new Promise((resolve) => {
        const look = () => {
            const found = find();
            if (!found) return;
            observer.disconnect();
            resolve(found);
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true });
        look();
    });
    const set = (input, value) => {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        // The value is applied when the focus leaves the field, or after a pause.
        input.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    };
    const bytes = async (url) => Array.from(new Uint8Array(await (await fetch(url)).arrayBuffer()));
    const execute = async (id, fill) => {
        const block = await until(() => document.querySelector(`[id$='-${id}']`));
        if (!block.querySelector('.opblock-body')) block.querySelector('.opblock-summary-control').click();
        const button = await until(() => block.querySelector('.try-out__btn'));
        if (!button.classList.contains('cancel')) button.click();
        await until(() => block.querySelector('.btn.execute'));
        await fill(block);
        block.querySelector('.btn.execute').click();
        return until(() => block.querySelector('.live-responses-table .response'));
    };";

async fn run(page: &mut WebPage, script: &str) -> Value {
    page.run(&format!("{LIBRARY}\n{script}")).await
}

/// Opens Swagger UI, and enters the key.
async fn authorized(service: &Service, key: &str) -> WebPage {
    let mut page = WebPage::open(&format!("{}/docs", service.url)).await;
    let script = "
        (await until(() => document.querySelector('.btn.authorize'))).click();
        set(await until(() => document.querySelector('.modal-ux input')), KEY);
        document.querySelector('.modal-ux .btn.authorize').click();
        (await until(() => document.querySelector('.modal-ux .btn-done'))).click();";
    run(&mut page, &script.replace("KEY", &json!(key).to_string())).await;
    page
}

/// Decodes what a script read with `bytes`.
fn bytes(value: &Value) -> Vec<u8> {
    let bytes = value.as_array().expect("bytes").iter();
    bytes.map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()).expect("a byte")).collect()
}

#[tokio::test]
async fn the_title_is_tintype() {
    with_worker(async |service, _key| {
        let mut page = WebPage::open(&format!("{}/docs", service.url)).await;

        let heading = "return [document.title, (await until(() => document.querySelector('.info h2'))).innerText]";
        let shown = run(&mut page, heading).await;

        assert_eq!(shown[0], "Tintype");
        assert!(shown[1].as_str().expect("a heading").starts_with("Tintype"), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_screenshot_is_shown_as_an_image() {
    with_worker(async |service, key| {
        let mut page = authorized(service, key).await;

        let image = run(
            &mut page,
            "const response = await execute('createScreenshot', async () => {});
             return bytes((await until(() => response.querySelector('img'))).src)",
        )
        .await;

        assert_eq!(decode_image(&bytes(&image)).size(), (1280, 720));
    })
    .await;
}

#[tokio::test]
async fn a_pdf_is_offered_as_a_download() {
    with_worker(async |service, key| {
        let mut page = authorized(service, key).await;

        let download = run(
            &mut page,
            "const response = await execute('createPdf', async () => {});
             const link = await until(() => response.querySelector('a[download]'));
             return [link.download, await bytes(link.href), response.innerText]",
        )
        .await;

        assert!(download[0].as_str().is_some_and(|name| name.to_lowercase().ends_with(".pdf")), "{}", download[0]);
        assert_eq!(read_pdf(&bytes(&download[1])).pages, 1);
        assert!(!download[2].as_str().expect("text").contains("%PDF"), "bytes are not shown as text");
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_submitted_polled_and_downloaded() {
    with_worker(async |service, key| {
        let mut page = authorized(service, key).await;

        let downloads = run(
            &mut page,
            "const json = (response) => JSON.parse(response.querySelector('.highlight-code code').innerText);
             const idInto = (id) => async (block) =>
                 set(await until(() => block.querySelector(`tr[data-param-name='job_id'] input`)), id);
             const batch = json(await execute('createBulk', async () => {}));
             const files = [];
             for (const { job_id } of batch.jobs) {
                 const wait = async (block) => {
                     await idInto(job_id)(block);
                     set(block.querySelector(`tr[data-param-name='wait_s'] input`), '60');
                 };
                 const idle = (id) => document.querySelector(`[id$='-${id}'] .btn-clear`)?.click();
                 idle('getJob'); idle('getJobResult');
                 const job = json(await execute('getJob', wait));
                 const response = await execute('getJobResult', idInto(job_id));
                 const file = await until(() => response.querySelector('a[download], img'));
                 files.push([job.status, job.type, await bytes(file.href || file.src)]);
             }
             return files",
        )
        .await;

        assert_eq!([&downloads[0][0], &downloads[0][1]], [&json!("completed"), &json!("screenshot")]);
        assert_eq!(decode_image(&bytes(&downloads[0][2])).size(), (1280, 720));
        assert_eq!([&downloads[1][0], &downloads[1][1]], [&json!("completed"), &json!("pdf")]);
        assert_eq!(read_pdf(&bytes(&downloads[1][2])).pages, 1);
    })
    .await;
}

#[tokio::test]
async fn the_key_is_still_known_after_the_page_is_reloaded() {
    with_worker(async |service, key| {
        let mut page = authorized(service, key).await;

        page.reload().await;

        let status = run(
            &mut page,
            "const response = await execute('getBalance', async () => {});
             return response.querySelector('.response-col_status').innerText",
        )
        .await;
        assert!(status.as_str().expect("a status").starts_with("200"), "{status}");
    })
    .await;
}
