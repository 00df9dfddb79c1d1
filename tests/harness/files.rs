//! Rendered files: the pixels of an image, the pages and the text of a PDF.

use image::{ImageFormat, RgbImage};
use lopdf::{Dictionary, Document, Object, ObjectId};

/// A decoded image.
pub struct DecodedImage {
    /// Its encoding.
    pub format: ImageFormat,
    pixels: RgbImage,
}

/// What a PDF contains.
pub struct Pdf {
    /// The number of pages.
    pub pages: u32,
    /// Width and height of the first page, in points.
    pub size: (f64, f64),
    /// Width and height of every page, in points.
    pub sizes: Vec<(f64, f64)>,
    /// The text of all pages.
    pub text: String,
    /// The URLs that its links lead to.
    pub links: Vec<String>,
    /// How many links lead to a place in the document.
    pub inner_links: usize,
}

/// Decodes an image.
pub fn decode_image(bytes: &[u8]) -> DecodedImage {
    let format = image::guess_format(bytes).expect("an image");
    let pixels = image::load_from_memory_with_format(bytes, format).expect("a complete image").into_rgb8();
    DecodedImage { format, pixels }
}

impl DecodedImage {
    /// Returns width and height.
    pub fn size(&self) -> (u32, u32) {
        self.pixels.dimensions()
    }

    /// Asserts the colour of a pixel, within the error of a JPEG.
    pub fn assert_colour(&self, (x, y): (u32, u32), expected: [u8; 3]) {
        let found = self.pixels.get_pixel(x, y).0;
        assert!(self.is_colour((x, y), expected), "the pixel at {x},{y} is {found:?}, not {expected:?}");
    }

    /// Whether a pixel has this colour, within the error of a JPEG.
    pub fn is_colour(&self, (x, y): (u32, u32), expected: [u8; 3]) -> bool {
        let found = self.pixels.get_pixel(x, y).0;
        found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 6)
    }

    /// Returns the number of pixels of exactly this colour.
    pub fn count_colour(&self, expected: [u8; 3]) -> usize {
        self.pixels.pixels().filter(|pixel| pixel.0 == expected).count()
    }
}

/// Reads a PDF.
pub fn read_pdf(bytes: &[u8]) -> Pdf {
    let document = Document::load_mem(bytes).expect("a complete PDF");
    let pages = document.get_pages();
    let numbers: Vec<u32> = pages.keys().copied().collect();
    let page = |id: &ObjectId| document.get_dictionary(*id).expect("a page");
    let sizes: Vec<(f64, f64)> = pages.values().map(|id| media_size(&document, page(id))).collect();
    let text = document.extract_text(&numbers).expect("text in known encodings");
    let links: Vec<Option<String>> = pages.values().flat_map(|id| links(&document, page(id))).collect();
    Pdf {
        pages: u32::try_from(numbers.len()).expect("a few pages"),
        size: *sizes.first().expect("a page"),
        sizes,
        text,
        inner_links: links.iter().filter(|link| link.is_none()).count(),
        links: links.into_iter().flatten().collect(),
    }
}

/// Returns the URLs of a page's links, `None` for a link into the document.
fn links(document: &Document, page: &Dictionary) -> Vec<Option<String>> {
    let annotations = page.get_deref(b"Annots", document).and_then(Object::as_array);
    let annotations = annotations.map(Vec::as_slice).unwrap_or_default();
    let annotations = annotations.iter().filter_map(|object| document.dereference(object).ok()?.1.as_dict().ok());
    let is_link = |annotation: &&Dictionary| annotation.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Link");
    let url = |annotation: &Dictionary| {
        let action = annotation.get_deref(b"A", document).and_then(Object::as_dict).ok()?;
        let url = action.get_deref(b"URI", document).and_then(Object::as_str).ok()?;
        Some(String::from_utf8_lossy(url).into_owned())
    };
    annotations.filter(is_link).map(url).collect()
}

/// Returns the size of a page, which it may inherit from the nodes above it.
fn media_size(document: &Document, node: &Dictionary) -> (f64, f64) {
    let Ok(media_box) = node.get_deref(b"MediaBox", document).and_then(Object::as_array) else {
        let parent = node.get_deref(b"Parent", document).and_then(Object::as_dict);
        return media_size(document, parent.expect("a page with a media box"));
    };
    let corners: Vec<f64> = media_box.iter().map(|side| side.as_float().expect("a number").into()).collect();
    let [left, bottom, right, top] = corners.as_slice() else { panic!("four sides, not {corners:?}") };
    (right - left, top - bottom)
}
