//! The kinds of pages, their outputs, and the verification of files.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A page to measure and the file to make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// One paragraph, PNG.
    Tiny,
    /// Images and web fonts, PNG.
    Article,
    /// SVG and canvas, PNG.
    Dashboard,
    /// 5,000 nodes made by a script, PNG.
    Nodes,
    /// An invoice of three pages, A4 PDF.
    Invoice,
    /// Invoices of one to twelve pages, A4 PDF.
    Invoices,
    /// The article, full page PNG.
    Full,
    /// A picture for social media, PNG.
    Card,
}

/// The viewport, the same for all contenders.
pub(crate) const VIEWPORT: (u32, u32) = (1280, 720);

/// The height of the article, as its style sheet defines it.
const ARTICLE_HEIGHT: u32 = 6400;

/// The output of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub(crate) enum Output {
    /// A PNG.
    Png {
        /// Whether the full page or the viewport is captured.
        full: bool,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// A tagged PDF, A4 with margins of 1 cm.
    Pdf,
}

impl Kind {
    /// All kinds.
    pub(crate) const ALL: [Self; 8] = [
        Self::Tiny,
        Self::Article,
        Self::Dashboard,
        Self::Nodes,
        Self::Invoice,
        Self::Invoices,
        Self::Full,
        Self::Card,
    ];

    /// Whether the page loads no other files.
    pub(crate) fn is_self_contained(self) -> bool {
        match self {
            Self::Tiny | Self::Dashboard | Self::Nodes | Self::Invoice | Self::Invoices | Self::Card => true,
            Self::Article | Self::Full => false,
        }
    }

    /// Its name in the table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Tiny => "tiny page, PNG",
            Self::Article => "article with images and web fonts, PNG",
            Self::Dashboard => "dashboard with SVG and canvas, PNG",
            Self::Nodes => "5,000 nodes by script, PNG",
            Self::Invoice => "invoice of 3 pages, A4 PDF",
            Self::Invoices => "invoices of 1 to 12 pages, A4 PDF",
            Self::Full => "article, full page PNG",
            Self::Card => "card with a web font, PNG",
        }
    }

    /// Its short name, also on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Article => "article",
            Self::Dashboard => "dashboard",
            Self::Nodes => "nodes",
            Self::Invoice => "invoice",
            Self::Invoices => "invoices",
            Self::Full => "full",
            Self::Card => "card",
        }
    }

    /// Its output.
    pub(crate) fn output(self) -> Output {
        let (width, height) = VIEWPORT;
        match self {
            Self::Tiny | Self::Article | Self::Dashboard | Self::Nodes | Self::Card => {
                Output::Png { full: false, width, height }
            }
            Self::Invoice | Self::Invoices => Output::Pdf,
            Self::Full => Output::Png { full: true, width, height: ARTICLE_HEIGHT },
        }
    }

    /// The number of pages of the PDF, on the site with this number.
    pub(crate) fn pages(self, site: usize) -> usize {
        match self {
            Self::Invoice => 3,
            Self::Invoices => 1 + (site * 7) % 12,
            Self::Tiny | Self::Article | Self::Dashboard | Self::Nodes | Self::Full | Self::Card => 0,
        }
    }

    /// Its path on a site; `pages` is the number of pages of an invoice.
    pub(crate) fn path(self, pages: usize) -> String {
        match self {
            Self::Invoice | Self::Invoices => format!("/invoice-{pages}.html"),
            Self::Full => "/article.html".to_owned(),
            Self::Tiny | Self::Article | Self::Dashboard | Self::Nodes | Self::Card => format!("/{}.html", self.name()),
        }
    }

    /// The size in bytes below which a file must be blank.
    pub(crate) fn min_bytes(self) -> usize {
        match self {
            Self::Tiny => 6_000,
            Self::Card => 20_000,
            Self::Article => 150_000,
            Self::Dashboard | Self::Nodes => 60_000,
            Self::Invoice | Self::Invoices => 10_000,
            Self::Full => 1_000_000,
        }
    }
}

impl Output {
    /// Returns what is wrong with a file, or `None`.
    pub(crate) fn fault(self, min_bytes: usize, pages: usize, file: &[u8]) -> Option<String> {
        if file.len() < min_bytes {
            return Some(format!("only {} bytes", file.len()));
        }
        match self {
            Self::Png { width, height, .. } => fault_of_png((width, height), file),
            Self::Pdf => fault_of_pdf(pages, file),
        }
    }
}

fn fault_of_png(size: (u32, u32), file: &[u8]) -> Option<String> {
    if !file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("not a PNG".to_owned());
    }
    let number = |at: usize| file.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes);
    let found = (number(16), number(20));
    if found != size {
        return Some(format!("{} × {} pixels", found.0, found.1));
    }
    let end = file.len().checked_sub(8).and_then(|at| file.get(at..at + 4));
    (end != Some(b"IEND".as_slice())).then(|| "truncated".to_owned())
}

fn fault_of_pdf(pages: usize, file: &[u8]) -> Option<String> {
    if !file.starts_with(b"%PDF-") {
        return Some("not a PDF".to_owned());
    }
    if !file.trim_ascii_end().ends_with(b"%%EOF") {
        return Some("truncated".to_owned());
    }
    let found = count_pages(file);
    (found != pages).then(|| format!("{found} pages instead of {pages}"))
}

/// Chromium does not compress the dictionary of a page.
fn count_pages(file: &[u8]) -> usize {
    let mark = b"/Type /Page";
    let is_page = |at: usize| file.get(at + mark.len()).is_none_or(|next| !next.is_ascii_alphanumeric());
    let mut count = 0;
    let mut from = 0;
    while let Some(slash) = file.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'/')) {
        let at = from + slash;
        if file.get(at..).is_some_and(|rest| rest.starts_with(mark)) && is_page(at) {
            count += 1;
        }
        from = at + 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{Kind, Output, count_pages};

    #[test]
    fn a_png_of_another_size_is_reported() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\0\0\0\x02\xd0".to_vec();
        png.extend(b"....IEND....");
        let right = Output::Png { full: false, width: 1280, height: 720 };
        let other = Output::Png { full: false, width: 1280, height: 721 };

        assert_eq!(right.fault(1, 0, &png), None);
        assert_eq!(other.fault(1, 0, &png).unwrap(), "1280 × 720 pixels");
        assert_eq!(right.fault(1, 0, png.strip_suffix(b"IEND....").unwrap()).unwrap(), "truncated");
    }

    #[test]
    fn the_page_tree_does_not_count_as_a_page() {
        assert_eq!(count_pages(b"<</Type /Pages\n/Count 2>> <</Type /Page\n>> <</Type /Page>>"), 2);
    }

    #[test]
    fn invoices_have_every_length_from_1_to_12() {
        let mut lengths: Vec<usize> = (0..12).map(|site| Kind::Invoices.pages(site)).collect();
        lengths.sort_unstable();

        assert_eq!(lengths, (1..=12).collect::<Vec<_>>());
    }
}
