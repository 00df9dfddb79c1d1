//! Verifying files before they are stored: Chromium may report success with an empty or
//! truncated file.

use domain::job::ErrorCode;
use domain::options::ImageFormat;

use crate::render::failure::{MAX_FILE_BYTES, RenderError, file_too_large};

/// The most pages of a PDF.
pub(super) const MAX_PDF_PAGES: u32 = 2000;

/// Checks the size of a file, in bytes.
pub(super) fn check_size(bytes: usize) -> Result<(), RenderError> {
    if bytes <= MAX_FILE_BYTES { Ok(()) } else { Err(file_too_large()) }
}

/// Returns an image if it is complete and has the requested format and size, in device pixels.
pub(super) fn verify_image(bytes: Vec<u8>, format: ImageFormat, size: (u32, u32)) -> Result<Vec<u8>, RenderError> {
    check_size(bytes.len())?;
    let (head, tail): (&[u8], &[u8]) = match format {
        ImageFormat::Png => (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
        ImageFormat::Jpeg { .. } => (b"\xff\xd8\xff", b"\xff\xd9"),
        ImageFormat::Webp { .. } => (b"RIFF", b""),
    };
    let is_complete = bytes.starts_with(head) && bytes.ends_with(tail) && has_declared_length(&bytes, format);
    let actual = imagesize::blob_size(&bytes).map(|size| (size.width, size.height)).unwrap_or_default();
    // Chromium may round a fraction of a pixel up or down.
    let matches = |actual: usize, requested: u32| actual.abs_diff(requested as usize) <= 1;
    if is_complete && matches(actual.0, size.0) && matches(actual.1, size.1) {
        return Ok(bytes);
    }
    Err(incomplete(&format!("an image of {}×{} pixels instead of {}×{}", actual.0, actual.1, size.0, size.1)))
}

/// Whether a file has the length that it declares. A WebP has no end marker: the second word is
/// its length without the first eight bytes.
fn has_declared_length(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Png | ImageFormat::Jpeg { .. } => true,
        ImageFormat::Webp { .. } => {
            let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
            length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| length + 8 == bytes.len())
        }
    }
}

/// Returns a PDF if it is complete and has 1 to [`MAX_PDF_PAGES`] pages.
pub(super) fn verify_pdf(bytes: Vec<u8>) -> Result<Vec<u8>, RenderError> {
    check_size(bytes.len())?;
    if !bytes.starts_with(b"%PDF-") || !bytes.trim_ascii_end().ends_with(b"%%EOF") {
        return Err(incomplete("a truncated PDF"));
    }
    match count_pages(&bytes) {
        0 => Err(incomplete("a PDF without pages")),
        1..=MAX_PDF_PAGES => Ok(bytes),
        _ => {
            let message = format!("the PDF has more than {MAX_PDF_PAGES} pages, which is the maximum");
            Err(RenderError::permanent(ErrorCode::PdfTooLarge, message))
        }
    }
}

/// Counts the objects of `/Type /Page`. Chromium never compresses them.
fn count_pages(pdf: &[u8]) -> u32 {
    const PAGE: &[u8] = b"/Type /Page";
    let is_whole_name = |at: usize| pdf.get(at + PAGE.len()).is_some_and(|next| !next.is_ascii_alphanumeric());
    let pages = memchr::memmem::find_iter(pdf, PAGE).filter(|at| is_whole_name(*at)).count();
    u32::try_from(pages).unwrap_or(u32::MAX)
}

fn incomplete(what: &str) -> RenderError {
    RenderError::transient(ErrorCode::RendererCrashed, format!("the browser returned {what}"))
}

#[cfg(test)]
mod tests {
    use domain::job::ErrorCode;
    use domain::options::ImageFormat;

    use super::{MAX_FILE_BYTES, RenderError, check_size, count_pages, verify_image, verify_pdf};

    fn code(result: Result<Vec<u8>, RenderError>) -> Option<ErrorCode> {
        match result {
            Ok(_) | Err(RenderError::NotAttempted) => None,
            Err(RenderError::Permanent(failure) | RenderError::Transient(failure)) => Some(failure.code),
        }
    }

    /// A complete PNG of 1×1.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
        \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

    /// A complete lossless WebP of 1×1.
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

    #[test]
    fn only_a_complete_image_of_the_requested_size_is_accepted() {
        let truncated = PNG.split_at(PNG.len() - 4).0;
        let webp = ImageFormat::Webp { quality: 80 };
        let (whole, cut) = (WEBP.to_vec(), WEBP.split_at(WEBP.len() - 2).0.to_vec());
        let jpeg = ImageFormat::Jpeg { quality: 80 };

        assert_eq!(code(verify_image(PNG.into(), ImageFormat::Png, (1, 1))), None);
        assert_eq!(code(verify_image(PNG.into(), ImageFormat::Png, (1280, 720))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(verify_image(truncated.into(), ImageFormat::Png, (1, 1))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(verify_image(whole, webp, (1, 1))), None);
        assert_eq!(code(verify_image(cut, webp, (1, 1))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(verify_image(vec![], jpeg, (1, 1))), Some(ErrorCode::RendererCrashed));
    }

    #[test]
    fn only_a_complete_pdf_with_few_enough_pages_is_accepted() {
        let of = |pages: usize| ["%PDF-1.4\n", &"<</Type /Page\n>>".repeat(pages), "\n%%EOF\n"].concat().into_bytes();

        assert_eq!(code(verify_pdf(of(3))), None);
        assert_eq!(code(verify_pdf(of(2001))), Some(ErrorCode::PdfTooLarge));
        assert_eq!(code(verify_pdf(of(0))), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(verify_pdf(b"%PDF-1.4 /Type /Page\n".into())), Some(ErrorCode::RendererCrashed));
        assert_eq!(count_pages(b"/Type /Pages /Type /Page\n"), 1);
    }

    #[test]
    fn a_file_that_is_too_large_is_rejected() {
        assert!(check_size(MAX_FILE_BYTES).is_ok());
        assert!(matches!(
            check_size(MAX_FILE_BYTES + 1),
            Err(RenderError::Permanent(failure)) if failure.code == ErrorCode::ResultTooLarge
        ));
    }
}
