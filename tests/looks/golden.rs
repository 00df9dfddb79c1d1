//! Goldens: what each page looked like when a person last looked at it.
//!
//! A golden is a quarter as wide and as high as the picture. A picture is compared with it
//! block by block, as means of 8 × 8 pixels: another build of Chromium may draw the edges of
//! its letters otherwise, and whatever is missing, moved, or of another colour shows.
//!
//! `TINTYPE_GOLDEN=write just test -E 'test(looks_right)'` takes all goldens anew, and leaves
//! the pictures in full under `target/tmp`. Look at every one of them before it is kept.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};

/// How many pixels of a picture are one of its golden, either way.
const QUARTER: u32 = 4;

/// How many pixels of a golden are one block, either way.
const BLOCK: u32 = 2;

/// The mean of all blocks' differences up to which a picture looks right, of 255.
///
/// JPEG at quality 85 costs 0.9, letters placed on whole pixels or on parts of them up to 1.3;
/// a page that lost its colours is off by 2.0 and more, a shifted one by 6.
const MEAN: f64 = 1.75;

/// The difference of the worst block up to which a picture looks right, of 255.
///
/// Letters drawn otherwise cost 45; the least of the losses, a signature's thin line, 98.
const WORST: u8 = 64;

/// How far a picture is from its golden.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// The mean of the blocks' differences: of each the channel that differs the most.
    mean: f64,
    /// The greatest of them.
    worst: u8,
    /// Where that is, in pixels of the picture.
    place: (u32, u32),
}

impl Difference {
    /// Of two pictures that are not equally large.
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

/// Asserts that a picture looks like its golden, or makes it the golden if told to.
pub(crate) fn assert_looks_right(name: &str, picture: &RgbImage) {
    if std::env::var_os("TINTYPE_GOLDEN").is_some_and(|told| told == "write") {
        save(name, picture);
        let golden = File::create(path(name)).expect("a golden's file");
        let encoder = PngEncoder::new_with_quality(golden, CompressionType::Best, FilterType::Adaptive);
        shrunk(picture, QUARTER).write_with_encoder(encoder).expect("a written golden");
        return;
    }
    assert_looks_like(name, picture);
}

/// Asserts that a picture looks like a golden that is another's.
pub(crate) fn assert_looks_like(name: &str, picture: &RgbImage) {
    let difference = difference(name, picture);
    if !difference.looks_right() {
        let seen = save(name, picture);
        panic!("{name} looks wrong ({difference}): see {}, and golden.rs if it should", seen.display());
    }
}

/// Compares a picture with its golden.
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
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("looks/golden/{name}.png"))
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

/// A picture of which each pixel is the mean of so many, either way.
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
