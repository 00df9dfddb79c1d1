//! Golden images: what each page looked like when a person last reviewed it.
//!
//! A golden image has a quarter of the width and height of the screenshot. They are compared
//! block by block, as means of 8 × 8 pixels: another build of Chromium may draw the edges of
//! letters differently, but what is missing, moved, or of another colour is found.
//!
//! `TINTYPE_GOLDEN=write just test -E 'test(looks_right)'` replaces all golden images, and
//! leaves the full screenshots under `target/tmp`. Review each of them before the commit.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};

/// The width and height of the square of a screenshot that is one pixel of the golden image.
const QUARTER: u32 = 4;

/// The width and height of a block, in pixels of the golden image.
const BLOCK: u32 = 2;

/// The maximum mean difference of all blocks, of 255.
///
/// JPEG at quality 85 differs by 0.9, and text with other subpixel positioning by up to 1.3; a
/// page without its colours differs by 2.0 or more, a shifted one by 6.
const MEAN: f64 = 1.75;

/// The maximum difference of a single block, of 255.
///
/// Different text rendering differs by 45; the smallest missing part, a thin line, by 98.
const WORST: u8 = 64;

/// The difference between a screenshot and its golden image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// The mean of the blocks' differences, each of the channel that differs most.
    mean: f64,
    /// The greatest difference of a block.
    worst: u8,
    /// The position of that block, in pixels of the screenshot.
    place: (u32, u32),
}

impl Difference {
    /// The difference of two images of different sizes.
    const SIZE: Self = Self { mean: 255.0, worst: 255, place: (0, 0) };

    pub(crate) fn looks_right(self) -> bool {
        self.mean <= MEAN && self.worst <= WORST
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, y) = self.place;
        write!(f, "mean {:.2} of {MEAN}, worst {} of {WORST} at {x},{y}", self.mean, self.worst)
    }
}

/// Asserts that a screenshot matches its golden image, or replaces the golden image if
/// `TINTYPE_GOLDEN` says so.
pub(crate) fn assert_looks_right(name: &str, picture: &RgbImage) {
    if std::env::var_os("TINTYPE_GOLDEN").is_some_and(|value| value == "write") {
        save(name, picture);
        let golden = File::create(path(name)).expect("a golden's file");
        let encoder = PngEncoder::new_with_quality(golden, CompressionType::Best, FilterType::Adaptive);
        shrunk(picture, QUARTER).write_with_encoder(encoder).expect("a written golden");
        return;
    }
    assert_looks_like(name, picture);
}

/// Asserts that a screenshot matches the golden image of another test.
pub(crate) fn assert_looks_like(name: &str, picture: &RgbImage) {
    let difference = difference(name, picture);
    if !difference.looks_right() {
        let seen = save(name, picture);
        panic!("{name} looks wrong ({difference}): see {}, and golden.rs if it should", seen.display());
    }
}

/// Compares a screenshot with its golden image.
pub(crate) fn difference(name: &str, picture: &RgbImage) -> Difference {
    let golden = image::open(path(name)).expect("a golden").into_rgb8();
    compare(&golden, &shrunk(picture, QUARTER))
}

fn save(name: &str, picture: &RgbImage) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    picture.save(&path).expect("a written picture");
    path
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("visual/golden/{name}.png"))
}

fn compare(golden: &RgbImage, picture: &RgbImage) -> Difference {
    if golden.dimensions() != picture.dimensions() {
        return Difference::SIZE;
    }
    let (golden, picture) = (shrunk(golden, BLOCK), shrunk(picture, BLOCK));
    let (mut sum, mut worst, mut place) = (0, 0, (0, 0));
    for ((x, y, expected), found) in golden.enumerate_pixels().zip(picture.pixels()) {
        let channels = expected.0.iter().zip(found.0).map(|(expected, found)| expected.abs_diff(found));
        let block = channels.max().expect("a pixel has channels");
        sum += u32::from(block);
        if block > worst {
            (worst, place) = (block, (x * BLOCK * QUARTER, y * BLOCK * QUARTER));
        }
    }
    let blocks = golden.width() * golden.height();
    Difference { mean: f64::from(sum) / f64::from(blocks), worst, place }
}

/// Scales an image down: each pixel is the mean of a square of this width and height.
fn shrunk(picture: &RgbImage, times: u32) -> RgbImage {
    let (width, height) = (picture.width().div_ceil(times), picture.height().div_ceil(times));
    let mut sums = vec![[0_u32; 4]; (width * height) as usize];
    for (x, y, Rgb([red, green, blue])) in picture.enumerate_pixels() {
        let [reds, greens, blues, pixels] = &mut sums[(y / times * width + x / times) as usize];
        *reds += u32::from(*red);
        *greens += u32::from(*green);
        *blues += u32::from(*blue);
        *pixels += 1;
    }
    RgbImage::from_fn(width, height, |x, y| {
        let [reds, greens, blues, pixels] = sums[(y * width + x) as usize];
        Rgb([reds, greens, blues].map(|sum| u8::try_from((sum + pixels / 2) / pixels).expect("a mean of bytes")))
    })
}
