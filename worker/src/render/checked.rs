//! What a browser made, checked before it is kept: it is known to answer success with
//! nothing, and would rather hand out half a file than say that it could not.

use domain::job::ErrorCode;
use domain::render::ImageFormat;

use super::NotRendered;

/// The largest file that is kept.
const LARGEST: usize = 50 * 1024 * 1024;

/// The most sheets that are printed.
pub(super) const MOST_SHEETS: u32 = 2000;

/// Refuses a file that is larger than what is kept, by its size in bytes.
pub(super) fn fits(size: usize) -> Result<(), NotRendered> {
    if size <= LARGEST {
        return Ok(());
    }
    Err(too_large())
}

/// The file is larger than what is kept.
pub(super) fn too_large() -> NotRendered {
    let message =
        format!("the file is larger than {} MiB: render less of the page, or at a lower scale", LARGEST >> 20);
    NotRendered::fail(ErrorCode::ResultTooLarge, message)
}

/// A whole picture of the format and size that were asked for, in device pixels.
pub(super) fn picture(bytes: Vec<u8>, format: ImageFormat, size: (u32, u32)) -> Result<Vec<u8>, NotRendered> {
    fits(bytes.len())?;
    let (head, tail): (&[u8], &[u8]) = match format {
        ImageFormat::Png => (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
        ImageFormat::Jpeg { .. } => (b"\xff\xd8\xff", b"\xff\xd9"),
        ImageFormat::Webp { .. } => (b"RIFF", b""),
    };
    let is_whole = bytes.starts_with(head) && bytes.ends_with(tail) && declared(&bytes, format);
    let found = imagesize::blob_size(&bytes).map(|found| (found.width, found.height)).unwrap_or_default();
    // A fraction of a pixel is rounded one way or the other.
    let near = |found: usize, asked: u32| found.abs_diff(asked as usize) <= 1;
    if is_whole && near(found.0, size.0) && near(found.1, size.1) {
        return Ok(bytes);
    }
    Err(incomplete(&format!("a picture of {}×{} pixels instead of {}×{}", found.0, found.1, size.0, size.1)))
}

/// Whether a file that says how long it is, is so long: a WebP has no end that could be looked
/// for, but its length after its first word, less the eight bytes of both, padded to even.
fn declared(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Png | ImageFormat::Jpeg { .. } => true,
        ImageFormat::Webp { .. } => {
            let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
            length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| length + 8 == bytes.len())
        }
    }
}

/// A whole document of no more sheets than are printed.
pub(super) fn document(bytes: Vec<u8>) -> Result<Vec<u8>, NotRendered> {
    fits(bytes.len())?;
    if !bytes.starts_with(b"%PDF-") || !bytes.trim_ascii_end().ends_with(b"%%EOF") {
        return Err(incomplete("half a document"));
    }
    match sheets(&bytes) {
        0 => Err(incomplete("a document without sheets")),
        sheets if sheets > MOST_SHEETS => {
            let message = format!("the document has more than {MOST_SHEETS} sheets, which is the most that is printed");
            Err(NotRendered::fail(ErrorCode::PdfTooLarge, message))
        }
        _ => Ok(bytes),
    }
}

/// Counts the sheets: each is an object `/Type /Page`, which Chromium never compresses.
fn sheets(document: &[u8]) -> u32 {
    const SHEET: &[u8] = b"/Type /Page";
    let ends = |at: usize| document.get(at + SHEET.len()).is_some_and(|next| !next.is_ascii_alphanumeric());
    let sheets = memchr::memmem::find_iter(document, SHEET).filter(|at| ends(*at)).count();
    u32::try_from(sheets).unwrap_or(u32::MAX)
}

fn incomplete(what: &str) -> NotRendered {
    NotRendered::chance(ErrorCode::RendererCrashed, format!("the browser made {what}"))
}

#[cfg(test)]
mod tests {
    use domain::job::ErrorCode;
    use domain::render::ImageFormat;

    use super::{LARGEST, NotRendered, document, fits, picture, sheets};

    fn code(result: Result<Vec<u8>, NotRendered>) -> Option<ErrorCode> {
        match result {
            Ok(_) | Err(NotRendered::Untouched) => None,
            Err(NotRendered::Final(failure) | NotRendered::Chance(failure)) => Some(failure.code),
        }
    }

    /// A whole PNG of 1×1.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
        \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

    /// A whole lossless WebP of 1×1.
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

    #[test]
    fn only_a_whole_picture_of_its_size_is_a_result() {
        let half = PNG.split_at(PNG.len() - 4).0;
        let webp = ImageFormat::Webp { quality: 80 };
        let (whole, cut) = (WEBP.to_vec(), WEBP.split_at(WEBP.len() - 2).0.to_vec());

        assert_eq!(code(picture(PNG.into(), ImageFormat::Png, (1, 1))), None);
        assert_eq!(code(picture(PNG.into(), ImageFormat::Png, (1280, 720))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(picture(half.into(), ImageFormat::Png, (1, 1))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(picture(whole, webp, (1, 1))), None);
        assert_eq!(code(picture(cut, webp, (1, 1))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(picture(vec![], ImageFormat::Jpeg { quality: 80 }, (1, 1))), Some(ErrorCode::RendererCrashed));
    }

    #[test]
    fn only_a_whole_document_of_some_sheets_is_a_result() {
        let of = |sheets: usize| ["%PDF-1.4\n", &"<</Type /Page\n>>".repeat(sheets), "\n%%EOF\n"].concat().into_bytes();

        assert_eq!(code(document(of(3))), None);
        assert_eq!(code(document(of(2001))), Some(ErrorCode::PdfTooLarge));
        assert_eq!(code(document(of(0))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(document(b"%PDF-1.4 /Type /Page\n".into())), Some(ErrorCode::RendererCrashed));
        assert_eq!(sheets(b"/Type /Pages /Type /Page\n"), 1);
    }

    #[test]
    fn a_file_that_is_too_large_is_no_result() {
        assert!(fits(LARGEST).is_ok());
        assert!(
            matches!(fits(LARGEST + 1), Err(NotRendered::Final(failure)) if failure.code == ErrorCode::ResultTooLarge)
        );
    }
}
