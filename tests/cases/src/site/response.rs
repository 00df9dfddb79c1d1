//! The responses of the site.

use std::io::{Cursor, Write};
use std::sync::atomic::Ordering;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use image::{ImageFormat, Rgb, RgbImage};

use super::request::Request;
use super::state::State;
use crate::case::page;

/// An empty ZIP file.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// A response.
pub(super) struct Response {
    /// Its status.
    pub(super) status: u16,
    /// Its headers. One without `Content-Length` gets that of its body.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// Returns the response to a request.
pub(super) fn respond(request: &Request, state: &State) -> anyhow::Result<Response> {
    let query = |name: &str| request.query.get(name).map(String::as_str);
    let packed = || page("packed.html", &state.url());
    let html = |status, body| response(status, "text/html", body);
    if let Some(name) = ["/p/", "/keep/"].iter().find_map(|folder| request.path.strip_prefix(folder)) {
        return Ok(response(200, type_of(name), page(name, &state.url())?));
    }
    Ok(match request.path.as_str() {
        path if path.starts_with("/img") => response(200, "image/png", png(query("c").unwrap_or("c81e3c"))?),
        "/font.ttf" => response(200, "font/ttf", state.font.clone()).with("Access-Control-Allow-Origin", "*"),
        "/slow.css" => response(200, "text/css", b"body{background:#0a6;color:#fff}".to_vec()),
        "/short" => {
            let body = packed()?;
            let declared = (body.len() + 5000).to_string();
            html(200, body).with("Content-Length", &declared)
        }
        "/notgzip" => html(200, packed()?).with("Content-Encoding", "gzip"),
        "/gzip" => html(200, gzip(&packed()?)?).with("Content-Encoding", "gzip"),
        "/status" => html(query("s").context("no status")?.parse()?, query("body").unwrap_or("").into()),
        // A file with any type, or none.
        "/type" => {
            let body = page(query("p").unwrap_or("packed.html"), &state.url())?;
            match query("t") {
                Some(named) => response(200, named, body),
                None => Response { status: 200, headers: Vec::new(), body },
            }
        }
        "/to" => html(302, Vec::new()).with("Location", query("to").context("no location")?),
        "/loop" => html(302, Vec::new()).with("Location", "/loop"),
        // The headers of the request, or those that begin with `only`, in lower case.
        "/echo" => {
            let only = query("only").unwrap_or("");
            let seen = request.headers.iter().map(|line| line.to_lowercase());
            let seen: Vec<_> = seen.filter(|line| line.starts_with(only)).collect();
            response(200, "text/plain", seen.join("\n").into_bytes())
        }
        "/download" => {
            state.downloads.fetch_add(1, Ordering::Relaxed);
            response(200, "application/zip", EMPTY_ZIP.to_vec()).with("Content-Disposition", "attachment")
        }
        "/count" => {
            let count = state.downloads.load(Ordering::Relaxed);
            response(200, "application/json", format!("{{\"/download\": {count}}}").into_bytes())
        }
        _unknown => html(404, b"<h1>none</h1>".to_vec()),
    })
}

impl Response {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn response(status: u16, media_type: &str, body: Vec<u8>) -> Response {
    Response { status, headers: vec![("Content-Type", media_type.to_owned())], body }
}

fn type_of(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "svg")) => "image/svg+xml",
        Some((_, "bin")) => "text/html",
        _html => "text/html; charset=utf-8",
    }
}

fn png(colour: &str) -> anyhow::Result<Vec<u8>> {
    let [_, red, green, blue] = u32::from_str_radix(colour, 16)?.to_be_bytes();
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(300, 200, Rgb([red, green, blue])).write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn gzip(body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    Ok(encoder.finish()?)
}
