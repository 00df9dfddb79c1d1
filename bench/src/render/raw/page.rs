//! A slot of a raw loop: navigate, wait for `load`, capture.

use std::sync::Arc;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::browser::{Browser, Session};
use crate::render::config::{DriverConfig, Page, Speed, Target};
use crate::render::kind::{Output, VIEWPORT};

/// The site of documents that the client supplies: every render has an origin of its own.
const SUPPLIED_SITE: &str = "render.invalid";

/// One slot.
#[derive(Debug)]
pub(super) struct Slot {
    browser: Arc<Browser>,
    reused: Option<Session>,
}

impl Slot {
    /// Renders in a new context each time.
    pub(super) fn fresh(browser: Arc<Browser>) -> Self {
        Self { browser, reused: None }
    }

    /// Renders in one page, which is created here.
    pub(super) async fn reused(browser: Arc<Browser>) -> anyhow::Result<Self> {
        let context = new_context(&browser).await?;
        let page = open(&browser, &context, "about:blank").await?;
        let patterns = json!({ "patterns": [{ "urlPattern": format!("http://*.{SUPPLIED_SITE}/") }] });
        let fetch = browser.send(Some(&page.id), "Fetch.enable", patterns).await?;
        fetch.reply().await?;
        Ok(Self { browser, reused: Some(page) })
    }

    /// Renders a page.
    pub(super) async fn render(&mut self, config: &DriverConfig, target: &Target) -> anyhow::Result<Vec<u8>> {
        let Some(page) = &mut self.reused else { return render_fresh(&self.browser, config, target).await };
        match (config.raw.page, &target.html) {
            (Page::Supplied, Some(html)) => supply(&self.browser, page, html).await?,
            (Page::Supplied | Page::Reused | Page::Fresh, _) => navigate(&self.browser, page, &target.url).await?,
        }
        capture(&self.browser, page, config).await
    }
}

async fn render_fresh(browser: &Browser, config: &DriverConfig, target: &Target) -> anyhow::Result<Vec<u8>> {
    let context = new_context(browser).await?;
    let mut page = open(browser, &context, &target.url).await?;
    wait_until_loaded(&mut page).await?;
    let file = capture(browser, &page, config).await;
    browser.call("Target.disposeBrowserContext", json!({ "browserContextId": context })).await?;
    browser.forget(&page.id);
    file
}

async fn new_context(browser: &Browser) -> anyhow::Result<String> {
    let created = browser.call("Target.createBrowserContext", json!({ "disposeOnDetach": true })).await?;
    Ok(created.get("browserContextId").and_then(Value::as_str).context("no context")?.to_owned())
}

/// Opens a page, paused until its events are enabled.
async fn open(browser: &Browser, context: &str, url: &str) -> anyhow::Result<Session> {
    let (width, height) = VIEWPORT;
    let params = json!({ "url": url, "browserContextId": context, "width": width, "height": height });
    let created = browser.call("Target.createTarget", params).await?;
    let target = created.get("targetId").and_then(Value::as_str).context("no target")?;
    let page = browser.attached(target).await;
    let enabled = browser.send(Some(&page.id), "Page.enable", json!({})).await?;
    let started = browser.send(Some(&page.id), "Runtime.runIfWaitingForDebugger", json!({})).await?;
    enabled.reply().await?;
    started.reply().await?;
    Ok(page)
}

async fn wait_until_loaded(page: &mut Session) -> anyhow::Result<()> {
    while let Some(event) = page.events.recv().await {
        if event.method == "Page.loadEventFired" {
            return Ok(());
        }
    }
    bail!("the page was closed")
}

async fn navigate(browser: &Browser, page: &mut Session, url: &str) -> anyhow::Result<()> {
    let navigated = browser.send(Some(&page.id), "Page.navigate", json!({ "url": url })).await?;
    wait_until_loaded(page).await?;
    check_navigation(&navigated.reply().await?)
}

fn check_navigation(navigated: &Value) -> anyhow::Result<()> {
    match navigated.get("errorText").and_then(Value::as_str) {
        Some(error) => bail!("navigation failed: {error}"),
        None => Ok(()),
    }
}

/// Navigates to an origin that no other render uses, and supplies the document when it is requested.
async fn supply(browser: &Browser, page: &mut Session, html: &str) -> anyhow::Result<()> {
    let url = format!("http://{:016x}.{SUPPLIED_SITE}/", rand::random::<u64>());
    let navigated = browser.send(Some(&page.id), "Page.navigate", json!({ "url": url })).await?;
    let request = loop {
        let event = page.events.recv().await.context("the page was closed")?;
        if event.method == "Fetch.requestPaused" {
            break event.params.get("requestId").cloned().context("no request")?;
        }
    };
    let response = json!({
        "requestId": request,
        "responseCode": 200,
        "responseHeaders": [{ "name": "Content-Type", "value": "text/html; charset=utf-8" }],
        "body": STANDARD.encode(html),
    });
    let fulfilled = browser.send(Some(&page.id), "Fetch.fulfillRequest", response).await?;
    wait_until_loaded(page).await?;
    fulfilled.reply().await?;
    check_navigation(&navigated.reply().await?)
}

async fn capture(browser: &Browser, page: &Session, config: &DriverConfig) -> anyhow::Result<Vec<u8>> {
    let (method, params) = match config.output {
        Output::Png { full, width, .. } => {
            let mut params = json!({ "format": "png", "optimizeForSpeed": config.raw.speed == Speed::Optimized });
            if let (true, Some(fields)) = (full, params.as_object_mut()) {
                let height = height_of(browser, page).await?;
                let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
                fields.insert("clip".to_owned(), clip);
                fields.insert("captureBeyondViewport".to_owned(), true.into());
            }
            ("Page.captureScreenshot", params)
        }
        Output::Pdf => ("Page.printToPDF", paper()),
    };
    let mut captured = browser.send(Some(&page.id), method, params).await?.reply().await?;
    let Some(Value::String(data)) = captured.get_mut("data").map(Value::take) else {
        bail!("the response contains no data")
    };
    Ok(STANDARD.decode(data)?)
}

async fn height_of(browser: &Browser, page: &Session) -> anyhow::Result<Value> {
    let layout = browser.send(Some(&page.id), "Page.getLayoutMetrics", json!({})).await?.reply().await?;
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
