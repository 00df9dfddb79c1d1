//! A slot of a raw loop: navigate, wait for `load`, capture.

use std::sync::Arc;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::browser::{Browser, Session};
use crate::render::kind::{Output, VIEWPORT};
use crate::render::order::{Order, Page, Speed, Target};

/// Where documents are given: every render at an origin of its own, all of one site.
const GIVEN: &str = "render.invalid";

/// One render at a time.
#[derive(Debug)]
pub(super) struct Slot {
    browser: Arc<Browser>,
    kept: Option<Session>,
}

impl Slot {
    /// Renders in a context of each render's own.
    pub(super) fn fresh(browser: Arc<Browser>) -> Self {
        Self { browser, kept: None }
    }

    /// Renders in one page, which is made here.
    pub(super) async fn reused(browser: Arc<Browser>) -> anyhow::Result<Self> {
        let context = new_context(&browser).await?;
        let page = open(&browser, &context, "about:blank").await?;
        let patterns = json!({ "patterns": [{ "urlPattern": format!("http://*.{GIVEN}/") }] });
        let fetch = browser.send(Some(&page.id), "Fetch.enable", patterns).await?;
        fetch.answer().await?;
        Ok(Self { browser, kept: Some(page) })
    }

    /// Renders.
    pub(super) async fn render(&mut self, order: &Order, target: &Target) -> anyhow::Result<Vec<u8>> {
        let Some(page) = &mut self.kept else { return render_fresh(&self.browser, order, target).await };
        match (order.manner.page, &target.html) {
            (Page::Given, Some(html)) => give(&self.browser, page, html).await?,
            (Page::Given | Page::Reused | Page::Fresh, _) => navigate(&self.browser, page, &target.url).await?,
        }
        capture(&self.browser, page, order).await
    }
}

async fn render_fresh(browser: &Browser, order: &Order, target: &Target) -> anyhow::Result<Vec<u8>> {
    let context = new_context(browser).await?;
    let mut page = open(browser, &context, &target.url).await?;
    until_loaded(&mut page).await?;
    let file = capture(browser, &page, order).await;
    browser.call("Target.disposeBrowserContext", json!({ "browserContextId": context })).await?;
    browser.forget(&page.id);
    file
}

async fn new_context(browser: &Browser) -> anyhow::Result<String> {
    let made = browser.call("Target.createBrowserContext", json!({ "disposeOnDetach": true })).await?;
    Ok(made.get("browserContextId").and_then(Value::as_str).context("no context")?.to_owned())
}

/// Opens a page: it is held until its events are heard.
async fn open(browser: &Browser, context: &str, url: &str) -> anyhow::Result<Session> {
    let (width, height) = VIEWPORT;
    let wanted = json!({ "url": url, "browserContextId": context, "width": width, "height": height });
    let made = browser.call("Target.createTarget", wanted).await?;
    let target = made.get("targetId").and_then(Value::as_str).context("no target")?;
    let page = browser.attached(target).await;
    let enabled = browser.send(Some(&page.id), "Page.enable", json!({})).await?;
    let started = browser.send(Some(&page.id), "Runtime.runIfWaitingForDebugger", json!({})).await?;
    enabled.answer().await?;
    started.answer().await?;
    Ok(page)
}

async fn until_loaded(page: &mut Session) -> anyhow::Result<()> {
    while let Some(event) = page.events.recv().await {
        if event.method == "Page.loadEventFired" {
            return Ok(());
        }
    }
    bail!("the page is gone")
}

async fn navigate(browser: &Browser, page: &mut Session, url: &str) -> anyhow::Result<()> {
    let navigated = browser.send(Some(&page.id), "Page.navigate", json!({ "url": url })).await?;
    until_loaded(page).await?;
    landed(&navigated.answer().await?)
}

fn landed(navigated: &Value) -> anyhow::Result<()> {
    match navigated.get("errorText").and_then(Value::as_str) {
        Some(error) => bail!("it went nowhere: {error}"),
        None => Ok(()),
    }
}

/// Navigates to an origin that no other render sees, and gives the document that is asked of it.
async fn give(browser: &Browser, page: &mut Session, html: &str) -> anyhow::Result<()> {
    let url = format!("http://{:016x}.{GIVEN}/", rand::random::<u64>());
    let navigated = browser.send(Some(&page.id), "Page.navigate", json!({ "url": url })).await?;
    let request = loop {
        let event = page.events.recv().await.context("the page is gone")?;
        if event.method == "Fetch.requestPaused" {
            break event.params.get("requestId").cloned().context("no request")?;
        }
    };
    let answer = json!({
        "requestId": request,
        "responseCode": 200,
        "responseHeaders": [{ "name": "Content-Type", "value": "text/html; charset=utf-8" }],
        "body": STANDARD.encode(html),
    });
    let fulfilled = browser.send(Some(&page.id), "Fetch.fulfillRequest", answer).await?;
    until_loaded(page).await?;
    fulfilled.answer().await?;
    landed(&navigated.answer().await?)
}

async fn capture(browser: &Browser, page: &Session, order: &Order) -> anyhow::Result<Vec<u8>> {
    let (method, wanted) = match order.output {
        Output::Png { full, width, .. } => {
            let mut wanted = json!({ "format": "png", "optimizeForSpeed": order.manner.speed == Speed::Optimized });
            if let (true, Some(fields)) = (full, wanted.as_object_mut()) {
                let height = height_of(browser, page).await?;
                let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
                fields.insert("clip".to_owned(), clip);
                fields.insert("captureBeyondViewport".to_owned(), true.into());
            }
            ("Page.captureScreenshot", wanted)
        }
        Output::Pdf => ("Page.printToPDF", paper()),
    };
    let mut captured = browser.send(Some(&page.id), method, wanted).await?.answer().await?;
    let Some(Value::String(data)) = captured.get_mut("data").map(Value::take) else { bail!("nothing was captured") };
    Ok(STANDARD.decode(data)?)
}

async fn height_of(browser: &Browser, page: &Session) -> anyhow::Result<Value> {
    let layout = browser.send(Some(&page.id), "Page.getLayoutMetrics", json!({})).await?.answer().await?;
    layout.pointer("/cssContentSize/height").cloned().context("no height")
}

/// A4 with margins of 1 cm, in inches.
fn paper() -> Value {
    const CENTIMETRE: f64 = 1.0 / 2.54;
    json!({
        "paperWidth": 21.0 * CENTIMETRE,
        "paperHeight": 29.7 * CENTIMETRE,
        "marginTop": CENTIMETRE,
        "marginRight": CENTIMETRE,
        "marginBottom": CENTIMETRE,
        "marginLeft": CENTIMETRE,
        "printBackground": true,
        "generateTaggedPDF": true,
    })
}
