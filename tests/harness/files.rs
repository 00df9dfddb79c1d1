//! Rendered files: the pixels of an image, the pages and the text of a PDF.

use image::{ImageFormat, RgbImage};
use lopdf::{Dictionary, Document, Object};

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
    /// The text of all pages.
    pub text: String,
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
    let first = pages.values().next().expect("a page");
    let size = media_size(&document, document.get_dictionary(*first).expect("a page"));
    let text = document.extract_text(&numbers).expect("text in known encodings");
    Pdf { pages: u32::try_from(numbers.len()).expect("a few pages"), size, text }
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
