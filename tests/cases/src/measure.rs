//! Measures: what is looked at.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::document::Document;
use crate::picture::Picture;
use crate::rendered::Rendered;

/// A render, and its decoded file.
pub(crate) struct Measured<'a> {
    rendered: &'a Rendered,
    file: File,
}

enum File {
    Picture(Picture),
    Document(Document),
    /// An error: there is no file.
    None,
}

impl<'a> Measured<'a> {
    /// Decodes the file of a render.
    pub(crate) fn of(rendered: &'a Rendered) -> anyhow::Result<Self> {
        let file = if rendered.status != 200 {
            File::None
        } else if rendered.bytes.starts_with(b"%PDF") {
            File::Document(Document::open(&rendered.bytes)?)
        } else {
            File::Picture(Picture::decode(&rendered.bytes)?)
        };
        Ok(Self { rendered, file })
    }
}

/// Returns the value of a measure: a name, and numbers that say where.
///
/// `["status"]`, `["code"]` (the reason of an error in lower case, or its code, or `ok`), `["ms"]` rounded to
/// 100, `["requests"]` for `/download`. Of pictures `["size"]`, `["px", x, y]` and `["ink", x0, y0, x1, y1]`, the
/// number of dark pixels. Of documents `["pages"]`, `["sheet"]` the first sheet's size in points, `["text"]` the
/// first 200 characters, `["at"]` the place of the first word, `["links"]` the hosts linked to, and
/// `["ppx", sheet, x, y]`, a pixel at 60 dpi. Without a file, all of these are the status as text.
pub(crate) async fn measure(what: &[Value], measured: &Measured<'_>) -> anyhow::Result<Value> {
    let (name, at) = what.split_first().context("a measure has a name")?;
    let name = name.as_str().context("a measure's name is text")?;
    let at = numbers(at)?;
    let rendered = measured.rendered;
    match name {
        "status" => return Ok(json!(rendered.status)),
        "ms" => return Ok(json!((rendered.duration.as_millis() + 50) / 100 * 100)),
        "requests" => return Ok(json!(rendered.requests)),
        "code" => return Ok(code(rendered)),
        _of_the_file => {}
    }
    match &measured.file {
        File::None => Ok(json!(rendered.status.to_string())),
        File::Picture(picture) => of_picture(picture, name, &at),
        File::Document(document) => of_document(document, name, &at).await,
    }
}

fn of_picture(picture: &Picture, name: &str, at: &[u32]) -> anyhow::Result<Value> {
    match (name, at) {
        ("size", []) => Ok(json!(picture.size())),
        ("px", [x, y]) => Ok(picture.pixel(*x, *y)),
        ("ink", [left, top, right, bottom]) => Ok(json!(picture.ink(*left..*right, *top..*bottom))),
        _unknown => bail!("pictures have no measure {name} with {} numbers", at.len()),
    }
}

async fn of_document(document: &Document, name: &str, at: &[u32]) -> anyhow::Result<Value> {
    match (name, at) {
        ("pages", []) => document.pages().await,
        ("sheet", []) => document.sheet().await,
        ("text", []) => document.text().await,
        ("at", []) => document.first_word().await,
        ("links", []) => document.links().await,
        ("ppx", [sheet, x, y]) => Ok(document.draw(*sheet).await?.pixel(*x, *y)),
        _unknown => bail!("documents have no measure {name} with {} numbers", at.len()),
    }
}

fn code(rendered: &Rendered) -> Value {
    if rendered.status == 200 {
        return json!("ok");
    }
    let error: Value = serde_json::from_slice(&rendered.bytes).unwrap_or_default();
    let code = ["/detail/reason", "/detail/code"].into_iter().find_map(|path| error.pointer(path));
    code.cloned().unwrap_or_default()
}

fn numbers(at: &[Value]) -> anyhow::Result<Vec<u32>> {
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    at.iter().map(|value| number(value).with_context(|| format!("{value} is not a place"))).collect()
}
