//! Pictures.

use std::ops::Range;

use image::RgbImage;
use serde_json::{Value, json};

/// Pixels darker than this are ink.
const INK: u32 = 100;

/// A decoded picture, without its alpha.
pub(crate) struct Picture {
    pixels: RgbImage,
}

impl Picture {
    /// Decodes a PNG, JPEG or WebP.
    pub(crate) fn decode(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self { pixels: image::load_from_memory(bytes)?.into_rgb8() })
    }

    /// Returns width and height.
    pub(crate) fn size(&self) -> [u32; 2] {
        [self.pixels.width(), self.pixels.height()]
    }

    /// Returns the colour of a pixel, or `outside`.
    pub(crate) fn pixel(&self, x: u32, y: u32) -> Value {
        self.pixels.get_pixel_checked(x, y).map_or(json!("outside"), |pixel| json!(pixel.0))
    }

    /// Returns the number of dark pixels in a part.
    pub(crate) fn ink(&self, columns: Range<u32>, rows: Range<u32>) -> usize {
        let pixels = self.pixels.enumerate_pixels();
        let inside = pixels.filter(|(x, y, _)| columns.contains(x) && rows.contains(y));
        inside.filter(|(_, _, pixel)| luma(pixel.0) < INK).count()
    }
}

/// Returns the brightness by ITU-R 601-2, in the fixed-point arithmetic of Pillow.
fn luma([red, green, blue]: [u8; 3]) -> u32 {
    (u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16
}
