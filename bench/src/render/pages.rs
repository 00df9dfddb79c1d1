//! The corpus: the project's own pages, with pictures and fonts generated or installed during the run.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jpeg_encoder::{ColorType, Encoder};

use crate::contenders::bench_dir;

/// The number of pictures in the article.
const PICTURES: usize = 9;

/// Rows of an invoice's table on one page.
const ROWS: usize = 24;

/// A file that a site serves.
#[derive(Debug)]
pub(crate) struct File {
    /// Its content type.
    pub(crate) mime: &'static str,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// All files that every site serves, by path; and where the fonts come from.
#[derive(Debug)]
pub(crate) struct Corpus {
    /// The files by path.
    pub(crate) files: HashMap<String, File>,
    /// The source of the fonts, for the report.
    pub(crate) fonts: &'static str,
}

impl Corpus {
    /// Reads the pages and generates the other files.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let mut files = HashMap::new();
        for name in ["tiny", "dashboard", "nodes"] {
            let page = read(&bench_dir().join("pages").join(name).with_extension("html"))?;
            files.insert(format!("/{name}.html"), html(page));
        }
        files.insert("/article.html".to_owned(), html(article().into_bytes()));
        files.insert("/card.html".to_owned(), html(card()?.into_bytes()));
        let style = read(&bench_dir().join("pages/article.css"))?;
        files.insert("/assets/article.css".to_owned(), File { mime: "text/css", bytes: style });
        for number in 0..PICTURES {
            let file = File { mime: "image/jpeg", bytes: generate_picture(number)? };
            files.insert(format!("/assets/picture-{number}.jpg"), file);
        }
        for pages in 1..=12 {
            files.insert(format!("/invoice-{pages}.html"), html(invoice(pages).into_bytes()));
        }
        let fonts = add_fonts(&mut files)?;
        Ok(Self { files, fonts })
    }

    /// Returns a page as it is sent with a job; it loads its other files from `site`.
    pub(crate) fn page(&self, path: &str, site: &str) -> anyhow::Result<String> {
        self.with_line(path, &format!("<base href=\"{site}/\">"))
    }

    /// Returns a page without other files as it is sent with a job: each site has a document of its own.
    pub(crate) fn numbered_page(&self, path: &str, site: usize) -> anyhow::Result<String> {
        self.with_line(path, &format!("<!-- {site} -->"))
    }

    fn with_line(&self, path: &str, line: &str) -> anyhow::Result<String> {
        let file = self.files.get(path).with_context(|| format!("there is no {path}"))?;
        Ok(String::from_utf8_lossy(&file.bytes).replacen("<head>", &format!("<head>\n{line}"), 1))
    }
}

fn html(bytes: Vec<u8>) -> File {
    File { mime: "text/html; charset=utf-8", bytes }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Returns the card with its font in it, or without if the font is not installed.
fn card() -> anyhow::Result<String> {
    let page = String::from_utf8(read(&bench_dir().join("pages/card.html"))?)?;
    let font = std::fs::read(fontsource("inter/files/inter-latin-700-normal.woff2"));
    let font = font.map(|bytes| format!("data:font/woff2;base64,{}", STANDARD.encode(bytes)));
    Ok(page.replace("{font}", &font.unwrap_or_else(|_| "data:,".to_owned())))
}

/// Returns the path of an installed font.
fn fontsource(path: &str) -> PathBuf {
    bench_dir().join("peers/fonts/node_modules/@fontsource").join(path)
}

/// Returns free web fonts with Latin letters only, or else an installed font in full.
fn add_fonts(files: &mut HashMap<String, File>) -> anyhow::Result<&'static str> {
    const SERVED: [(&str, &str); 3] = [
        ("text", "lora/files/lora-latin-400-normal"),
        ("text-bold", "lora/files/lora-latin-700-normal"),
        ("head", "inter/files/inter-latin-700-normal"),
    ];
    let found = |path: &str| std::fs::read(fontsource(path));
    let mut from = "Lora and Inter, Latin subsets (WOFF2)";
    for (name, path) in SERVED {
        let (mime, bytes) = if let Ok(bytes) = found(&format!("{path}.woff2")) {
            ("font/woff2", bytes)
        } else {
            from = "DejaVu Sans, complete, from the system";
            ("font/ttf", read(Path::new("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))?)
        };
        files.insert(format!("/assets/{name}.woff2"), File { mime, bytes });
    }
    Ok(from)
}

/// Generates a picture with the smooth and the rough parts of a photograph.
fn generate_picture(number: usize) -> anyhow::Result<Vec<u8>> {
    const WIDTH: u16 = 1200;
    const HEIGHT: u16 = 700;
    let phase = f64::from(u32::try_from(number)?) * 1.7;
    let mut noise = 12_345_u32.wrapping_mul(u32::try_from(number + 1)?);
    let mut pixels = Vec::with_capacity(usize::from(WIDTH) * usize::from(HEIGHT) * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (across, down) = (f64::from(x) / 130.0 + phase, f64::from(y) / 90.0 - phase);
            let wave = (across + (down * 1.3).sin()).sin() * (down + (across * 0.7).cos()).cos();
            let rough = f64::from(noise >> 26) * if (x / 200 + y / 175) % 3 == 0 { 1.0 } else { 0.15 };
            for colour in [90.0, 60.0, 40.0] {
                pixels.push(byte(110.0 + wave * colour + rough));
            }
        }
    }
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 80).encode(&pixels, WIDTH, HEIGHT, ColorType::Rgb)?;
    Ok(jpeg)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within bounds")]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

const WORDS: &str = "the silver plate is held to the light until the shadows of the room have settled on it and \
    what was a street with carts and people is a grey line with nobody in it for nobody stood still as long as the \
    towers did so the first pictures of towns are pictures of towns without anyone and only a man who had his boots \
    cleaned at the corner is there because he did not move";

fn prose(from: usize, words: usize) -> String {
    let all: Vec<&str> = WORDS.split_whitespace().collect();
    let selected = all.iter().cycle().skip(from % all.len()).take(words);
    selected.copied().collect::<Vec<_>>().join(" ")
}

fn article() -> String {
    let mut text = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Article</title>\n\
        <link rel=\"stylesheet\" href=\"/assets/article.css\">\n</head>\n<body>\n<div class=\"whole\">\n\
        <header><h1>How long the light must fall</h1><p>On plates, exposure and streets without people</p></header>\n\
        <main>\n"
        .to_owned();
    for number in 0..PICTURES {
        let class = if number == 0 { " class=\"first\"" } else { "" };
        let _ = writeln!(text, "<h2>{}. Of plates</h2>\n<p{class}>The {}.</p>", number + 1, prose(number * 13, 120));
        let _ = writeln!(
            text,
            "<figure><img src=\"/assets/picture-{number}.jpg\" alt=\"\"><figcaption>Plate {number}: <b>{}</b></figcaption>\
             </figure>\n<p>And {}.</p>\n<blockquote>{}.</blockquote>",
            prose(number * 7, 8),
            prose(number * 29, 90),
            prose(number * 5, 24),
        );
    }
    text + "</main>\n</div>\n</body>\n</html>\n"
}

/// Generates an invoice with this many pages; the number of rows per page is fixed.
fn invoice(pages: usize) -> String {
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Invoice</title>\n<style>{}</style>\n\
         </head>\n<body>\n",
        "body { margin: 0; font: 11px/1.5 sans-serif; color: #222; } section { break-after: page; height: 900px; } \
         section:last-child { break-after: auto; } h1 { font-size: 22px; } table { width: 100%; border-collapse: \
         collapse; } th { text-align: left; border-bottom: 2px solid #333; } td { padding: 4px 0; border-bottom: 1px \
         solid #ddd; } .amount { text-align: right; font-variant-numeric: tabular-nums; }"
    );
    let mut total = 0;
    for page in 0..pages {
        let _ = writeln!(
            text,
            "<section><h1>Invoice 2026-{pages:04}</h1><p>Page {} of {pages}. Example Ltd, 12 Plate Street.</p><table>\
             <tr><th>No.<th>What<th class=amount>Pieces<th class=amount>Price<th class=amount>Sum</tr>",
            page + 1
        );
        for row in 0..ROWS {
            let number = page * ROWS + row;
            let (pieces, price) = (1 + number * 7 % 9, 199 + number * 311 % 9_800);
            total += pieces * price;
            let _ = writeln!(
                text,
                "<tr><td>{number}<td>{}<td class=amount>{pieces}<td class=amount>{}<td class=amount>{}</tr>",
                prose(number, 5),
                format_euros(price),
                format_euros(pieces * price),
            );
        }
        let _ = writeln!(text, "</table><p class=amount>Carried: <b>{}</b></p></section>", format_euros(total));
    }
    text + "</body>\n</html>\n"
}

fn format_euros(cents: usize) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::{generate_picture, invoice};

    #[test]
    fn an_invoice_has_a_section_for_each_page() {
        for pages in [1, 3, 12] {
            assert_eq!(invoice(pages).matches("<section>").count(), pages);
        }
    }

    #[test]
    fn pictures_differ_and_are_jpegs() {
        let (first, second) = (generate_picture(0).unwrap(), generate_picture(1).unwrap());

        assert_ne!(first, second);
        assert!(first.starts_with(b"\xff\xd8\xff"));
    }
}
