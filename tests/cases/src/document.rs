//! PDFs, read with the tools of poppler.

use std::collections::BTreeSet;
use std::process::Stdio;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::picture::Picture;

/// How many characters of a document's text are compared.
const MAX_TEXT: usize = 200;

/// A PDF in a temporary file.
pub(crate) struct Document {
    file: NamedTempFile,
}

impl Document {
    /// Stores a PDF.
    pub(crate) fn open(bytes: &[u8]) -> anyhow::Result<Self> {
        let file = NamedTempFile::new()?;
        std::fs::write(file.path(), bytes)?;
        Ok(Self { file })
    }

    /// Returns the number of sheets.
    pub(crate) async fn pages(&self) -> anyhow::Result<Value> {
        let pages: u32 = self.info("Pages:").await?.parse()?;
        Ok(json!(pages))
    }

    /// Returns width and height of the first sheet, in points.
    pub(crate) async fn sheet(&self) -> anyhow::Result<Value> {
        let size = self.info("Page size:").await?;
        let sides = size.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
        Ok(json!(sides.take(2).map(f64::round).collect::<Vec<_>>()))
    }

    /// Returns the beginning of the text, with single spaces, in the order in which it is drawn.
    pub(crate) async fn text(&self) -> anyhow::Result<Value> {
        let text = self.run("pdftotext", &["-raw"], &["-"]).await?;
        let text = String::from_utf8_lossy(&text);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(json!(text.chars().take(MAX_TEXT).collect::<String>()))
    }

    /// Returns the left upper corner of the first word, in points.
    pub(crate) async fn first_word(&self) -> anyhow::Result<Value> {
        let words = self.run("pdftotext", &["-raw", "-bbox", "-l", "1"], &["-"]).await?;
        let words = String::from_utf8_lossy(&words);
        let (_, word) = words.split_once("<word ").context("the first sheet has no words")?;
        let side = |name: &str| {
            let (_, rest) = word.split_once(name)?;
            rest.split('"').nth(1)?.parse::<f64>().ok()
        };
        Ok(json!([side("xMin").map(f64::round), side("yMin").map(f64::round)]))
    }

    /// Returns the hosts of its links, each without its first part: `example` for `https://site.example/`.
    pub(crate) async fn links(&self) -> anyhow::Result<Value> {
        let links = self.run("pdfinfo", &["-url"], &[]).await?;
        let links = String::from_utf8_lossy(&links);
        let urls = links.lines().filter_map(|line| line.split_whitespace().last());
        let hosts = urls.filter(|url| url.starts_with("http")).filter_map(|url| url.split('/').nth(2));
        let parts: BTreeSet<&str> = hosts.map(|host| host.split_once('.').map_or(host, |(_, rest)| rest)).collect();
        Ok(json!(parts))
    }

    /// Draws a sheet, counted from 0, at 60 dpi.
    pub(crate) async fn draw(&self, sheet: u32) -> anyhow::Result<Picture> {
        let number = (sheet + 1).to_string();
        let arguments = ["-r", "60", "-png", "-f", &number, "-l", &number];
        let drawn = self.run("pdftoppm", &arguments, &[]).await?;
        ensure!(!drawn.is_empty(), "the document has no sheet {sheet}");
        Picture::decode(&drawn)
    }

    async fn info(&self, field: &str) -> anyhow::Result<String> {
        let info = self.run("pdfinfo", &[], &[]).await?;
        let info = String::from_utf8_lossy(&info);
        let value = info.lines().find_map(|line| line.strip_prefix(field)).context("pdfinfo prints no such field")?;
        Ok(value.trim().to_owned())
    }

    async fn run(&self, program: &str, before: &[&str], after: &[&str]) -> anyhow::Result<Vec<u8>> {
        let mut command = Command::new(program);
        command.args(before).arg(self.file.path()).args(after).stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.with_context(|| format!("running {program} of poppler-utils"))?;
        ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(output.stdout)
    }
}
