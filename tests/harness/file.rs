//! Looking at what was rendered: pixels of a picture, sheets and words of a document.

use std::io::Write;
use std::process::Command;

use image::{ImageFormat, RgbImage};

/// A picture, decoded.
pub struct Picture {
    /// What it was encoded as.
    pub format: ImageFormat,
    pixels: RgbImage,
}

/// A document, as a reader of its own kind sees it.
pub struct Pdf {
    /// How many sheets.
    pub pages: u32,
    /// Width and height of the first, in points.
    pub size: (f64, f64),
    /// Its words.
    pub text: String,
}

/// Decodes a picture.
pub fn picture(bytes: &[u8]) -> Picture {
    let format = image::guess_format(bytes).expect("the bytes of a picture");
    let pixels = image::load_from_memory_with_format(bytes, format).expect("a whole picture").into_rgb8();
    Picture { format, pixels }
}

impl Picture {
    /// Width and height.
    pub fn size(&self) -> (u32, u32) {
        self.pixels.dimensions()
    }

    /// Asserts the colour at a place, give or take what a JPEG costs.
    pub fn assert_colour(&self, (x, y): (u32, u32), expected: [u8; 3]) {
        let found = self.pixels.get_pixel(x, y).0;
        assert!(self.is_colour((x, y), expected), "the pixel at {x},{y} is {found:?}, not {expected:?}");
    }

    /// Whether a place has a colour, give or take what a JPEG costs.
    pub fn is_colour(&self, (x, y): (u32, u32), expected: [u8; 3]) -> bool {
        let found = self.pixels.get_pixel(x, y).0;
        found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 6)
    }

    /// How many pixels have a colour.
    pub fn count_colour(&self, expected: [u8; 3]) -> usize {
        self.pixels.pixels().filter(|pixel| pixel.0 == expected).count()
    }
}

/// Reads a document with poppler.
pub fn pdf(bytes: &[u8]) -> Pdf {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("a written file");
    let read = |command: &str, end: &[&str]| {
        let output = Command::new(command).arg(file.path()).args(end).output().expect("poppler is installed");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let about = read("pdfinfo", &[]);
    let line = |name: &str| {
        let line = about.lines().find_map(|line| line.strip_prefix(name)).expect("pdfinfo says it");
        line.trim_start_matches(':').trim().to_owned()
    };
    let size: Vec<f64> = line("Page size").split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [width, height] = size.as_slice() else { panic!("a width and a height, not {size:?}") };
    Pdf { pages: line("Pages").parse().expect("a number"), size: (*width, *height), text: read("pdftotext", &["-"]) }
}
