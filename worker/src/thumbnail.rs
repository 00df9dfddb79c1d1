//! Thumbnails: small pictures of results, for operators.
//!
//! Made when the browser has been returned, on a thread of its own, and only if it takes little: a thumbnail that cannot
//! be made is left out, and never fails a job. Those of PDFs would need a screenshot of the page, so they have none.

use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::job::{MAX_THUMBNAIL_BYTES, Rendered};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageReader, Limits, Rgb, RgbImage, RgbaImage};
use metrics::{describe_histogram, histogram};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

const SECONDS: &str = "tintype_thumbnail_seconds";

/// The width, in pixels. A narrower image keeps its own.
const WIDTH: u32 = 480;

/// The largest height: of taller images, the top.
const MAX_HEIGHT: u32 = 640;

/// Images of more pixels have no thumbnail: to decode one takes a third of a second.
const MAX_PIXELS: u64 = 32_000_000;

/// What decoding may allocate.
const MAX_ALLOC: u64 = 160 * 1024 * 1024;

/// The customer waits for the result until then. Encoding takes ten times as long in a debug build.
const TIME_LIMIT: Duration = if cfg!(debug_assertions) { Duration::from_secs(10) } else { Duration::from_millis(500) };

/// The part of a core that they may take in the long run. One takes 10 to 100 ms, depending on the size of the image.
const SHARE: f64 = 0.05;

/// The seconds that they may take at once, after a pause.
const BURST: f64 = if cfg!(debug_assertions) { 10.0 } else { 1.0 };

/// The first that is small enough is taken.
const QUALITIES: [u8; 3] = [75, 50, 25];

/// Makes thumbnails, a few at once.
#[derive(Debug, Clone)]
pub(crate) struct Thumbnails {
    threads: Arc<Semaphore>,
    allowance: Arc<Mutex<Allowance>>,
}

/// The time that thumbnails may still take.
#[derive(Debug)]
struct Allowance {
    seconds: f64,
    at: Instant,
}

impl Allowance {
    fn full(at: Instant) -> Self {
        Self { seconds: BURST, at }
    }

    /// Whether there is time for another.
    fn is_left(&mut self, now: Instant) -> bool {
        let more = now.saturating_duration_since(self.at).as_secs_f64() * SHARE;
        (self.seconds, self.at) = ((self.seconds + more).min(BURST), now);
        self.seconds > 0.0
    }

    /// Subtracts what a thumbnail took. That is known only afterwards, so the rest may become negative.
    fn take(&mut self, duration: Duration) {
        self.seconds -= duration.as_secs_f64();
    }
}

impl Thumbnails {
    /// Makes at most as many thumbnails at once as there are cores.
    pub(crate) fn new() -> Self {
        describe_histogram!(SECONDS, "Seconds that the thumbnail of a screenshot took.");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let allowance = Arc::new(Mutex::new(Allowance::full(Instant::now())));
        Self { threads: Arc::new(Semaphore::new(cores)), allowance }
    }

    /// Makes a thumbnail of an image and returns the result with it. It stays without one if it is not an image, if it
    /// takes too long, or if thumbnails have used up their time.
    pub(crate) async fn add_to(&self, mut rendered: Rendered) -> Rendered {
        if !rendered.content_type.starts_with("image/") {
            return rendered;
        }
        if !self.allowance().is_left(Instant::now()) {
            return rendered;
        }
        // A thread that exceeded its time keeps its permit.
        let Ok(permit) = Arc::clone(&self.threads).try_acquire_owned() else { return rendered };
        let bytes = Arc::new(std::mem::take(&mut rendered.bytes));
        let (shared, thumbnails) = (Arc::clone(&bytes), self.clone());
        let made = spawn_blocking(move || {
            let _permit = permit;
            let start = Instant::now();
            let made = make(&shared);
            let duration = start.elapsed();
            histogram!(SECONDS).record(duration);
            thumbnails.allowance().take(duration);
            made
        });
        rendered.thumbnail = timeout(TIME_LIMIT, made).await.ok().and_then(Result::ok).flatten();
        rendered.bytes = Arc::try_unwrap(bytes).unwrap_or_else(|shared| shared.to_vec());
        rendered
    }

    fn allowance(&self) -> MutexGuard<'_, Allowance> {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a thumbnail, or none of what cannot be decoded.
fn make(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let size = imagesize::blob_size(bytes).ok()?;
    let pixels = u64::try_from(size.width).ok()?.checked_mul(u64::try_from(size.height).ok()?)?;
    if pixels > MAX_PIXELS {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let small = shrink(&reader.decode().ok()?)?;
    let small = if small.color().has_alpha() { on_white(&small.into_rgba8()) } else { small.into_rgb8() };
    encode(&small)
}

/// Scales the top of an image to the size of a thumbnail.
fn shrink(image: &DynamicImage) -> Option<DynamicImage> {
    let (width, height) = (image.width(), image.height());
    let to = WIDTH.min(width).max(1);
    let top = (u64::from(MAX_HEIGHT) * u64::from(width)).div_ceil(to.into());
    let top = height.min(u32::try_from(top).unwrap_or(u32::MAX));
    let scaled = u64::from(top) * u64::from(to) / u64::from(width.max(1));
    let scaled = u32::try_from(scaled).unwrap_or(MAX_HEIGHT).clamp(1, MAX_HEIGHT);
    // Scaling copies an image with transparency, of which a tall one may need little.
    let image = if top < height { &image.crop_imm(0, 0, width, top) } else { image };
    let mut small = DynamicImage::new(to, scaled, image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    Resizer::new().resize(image, &mut small, &options).ok()?;
    Some(small)
}

/// Lays an image on white paper.
fn on_white(image: &RgbaImage) -> RgbImage {
    let blend = |part: u8, alpha: u8| {
        let (part, alpha) = (u16::from(part), u16::from(alpha));
        u8::try_from((part * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|part| blend(part, alpha)))
    })
}

fn encode(image: &RgbImage) -> Option<Vec<u8>> {
    QUALITIES.into_iter().find_map(|quality| {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image).ok()?;
        (bytes.len() <= MAX_THUMBNAIL_BYTES).then_some(bytes)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::time::{Duration, Instant};

    use domain::job::{Blocked, MAX_THUMBNAIL_BYTES, RenderReport, Rendered, Timings};
    use image::{DynamicImage, GenericImageView, ImageFormat, Rgba, RgbaImage};

    use super::{Allowance, BURST, SHARE, Thumbnails, make};

    fn png(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let image = RgbaImage::from_fn(width, height, |x, y| Rgba(pixel(x, y)));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).expect("an image");
        bytes.into_inner()
    }

    fn decoded(bytes: &[u8]) -> DynamicImage {
        image::load_from_memory(bytes).expect("a thumbnail")
    }

    #[test]
    fn a_thumbnail_has_the_aspect_of_the_image_and_of_a_tall_one_the_top() {
        for ((width, height), size) in [
            ((1280, 720), (480, 270)),
            ((1280, 8000), (480, 640)),
            ((200, 100), (200, 100)),
            ((3840, 1), (480, 1)),
            ((1, 2000), (1, 640)),
        ] {
            let red_top =
                png(width, height, |_, y| if y < height.div_ceil(4) { [200, 0, 0, 255] } else { [0, 0, 200, 255] });
            let thumbnail = decoded(&make(&red_top).expect("a thumbnail"));
            assert_eq!(thumbnail.dimensions(), size, "{width}×{height}");
            assert!(thumbnail.get_pixel(0, 0).0[0] > 150, "{width}×{height}");
        }
    }

    #[test]
    fn noise_is_made_small_enough_and_transparency_is_white() {
        let noise = png(1280, 1800, |x, y| {
            let n = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) ^ (x * y).wrapping_mul(97);
            let [a, b, c, _] = n.to_be_bytes();
            [a, b, c, 255]
        });
        assert!(make(&noise).is_none_or(|bytes| bytes.len() <= MAX_THUMBNAIL_BYTES));
        let clear = decoded(&make(&png(100, 100, |_, _| [0, 0, 0, 0])).expect("a thumbnail"));
        assert!(clear.get_pixel(50, 50).0[0] > 250);
    }

    #[test]
    fn the_next_is_made_when_the_last_has_taken_its_share_of_the_time() {
        let start = Instant::now();
        let after = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let mut allowance = Allowance::full(start);
        assert!(allowance.is_left(start));

        allowance.take(Duration::from_secs_f64(BURST + 2.0));

        assert!(!allowance.is_left(start));
        assert!(!allowance.is_left(after(1.9 / SHARE)));
        assert!(allowance.is_left(after(2.1 / SHARE)));
    }

    #[test]
    fn a_pause_of_any_length_allows_one_burst() {
        let start = Instant::now();
        let later = start + Duration::from_hours(1);
        let mut allowance = Allowance::full(start);

        assert!(allowance.is_left(later));
        allowance.take(Duration::from_secs_f64(BURST));

        assert!(!allowance.is_left(later));
    }

    #[tokio::test]
    async fn what_cannot_be_decoded_stays_as_it_is_without_a_thumbnail() {
        let whole = png(64, 64, |_, _| [1, 2, 3, 255]);
        let mut broken = whole.clone();
        broken.truncate(60);
        for (bytes, content_type, has_thumbnail) in [
            (whole.clone(), "image/png", true),
            (broken, "image/png", false),
            (whole, "application/pdf", false),
            (vec![], "image/webp", false),
        ] {
            let (timings, blocked, report) = (Timings::default(), Blocked::default(), RenderReport::default());
            let rendered = Rendered { bytes: bytes.clone(), content_type, timings, blocked, report, thumbnail: None };
            let rendered = Thumbnails::new().add_to(rendered).await;
            assert_eq!((rendered.bytes, rendered.thumbnail.is_some()), (bytes, has_thumbnail), "{content_type}");
        }
    }
}
