//! Fetching previews, and decoding them on a thread of their own.

use std::io::Cursor;
use std::sync::Arc;

use domain::result::{FindError, find_any, preview};
use domain::{Db, DbError};
use image::{DynamicImage, ImageReader, Limits};
use ratatui::layout::Size;
use ratatui_image::Resize;
use ratatui_image::picker::{Picker, ProtocolType};
use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};

use crate::console::core::message::Message;
use crate::console::core::preview::{Decode, Fetched, Picture, PreviewMode, PreviewQuery, ResultFacts};

/// The largest width and height that is decoded, in pixels.
const MAX_SIDE: u32 = 12_000;

/// What decoding may allocate.
const MAX_ALLOC: u64 = 128 << 20;

/// Fetches a preview: the thumbnail, or the result itself up to a size.
pub(super) async fn fetch(db: &Db, query: &PreviewQuery) -> Result<Fetched, DbError> {
    let nothing = Fetched { query: query.clone(), result: None, picture: None, head: Vec::new() };
    let Some(found) = preview(db, query.job).await? else { return Ok(nothing) };
    let whole = if found.size <= query.max_bytes && found.content_type.starts_with("image/") {
        whole(db, query).await?
    } else {
        None
    };
    let picture = whole.or(found.thumbnail).map(Arc::from);
    let result = Some(ResultFacts { content_type: found.content_type, size: found.size });
    Ok(Fetched { picture, result, head: found.head, ..nothing })
}

/// Reads a result, unless it has expired since.
async fn whole(db: &Db, query: &PreviewQuery) -> Result<Option<Vec<u8>>, DbError> {
    let stored = match find_any(db, query.job).await {
        Ok(stored) => stored,
        Err(FindError::Db(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let mut bytes = Vec::new();
    loop {
        let start = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if start >= stored.size.min(query.max_bytes) {
            return Ok(Some(bytes));
        }
        match stored.slice(db, &(start..stored.size)).await? {
            Some(slice) if !slice.is_empty() => bytes.extend(slice),
            Some(_) | None => return Ok(None),
        }
    }
}

/// Decodes pictures, one at a time. A newer one takes the place of the one that waits.
#[derive(Debug)]
pub(in crate::console) struct Decoder {
    newest: watch::Sender<Option<(Decode, Picker)>>,
    _task: JoinSet<()>,
}

impl Decoder {
    /// Starts to wait for pictures.
    pub(in crate::console) fn start(out: &Sender<Message>) -> Self {
        let (newest, mut waiting) = watch::channel(None::<(Decode, Picker)>);
        let (mut task, out) = (JoinSet::new(), out.clone());
        task.spawn(async move {
            while waiting.changed().await.is_ok() {
                let Some((decode, picker)) = waiting.borrow_and_update().clone() else { continue };
                let key = decode.key;
                let made = spawn_blocking(move || make(&decode, picker)).await;
                let made = made.unwrap_or_else(|_| Err("the picture cannot be decoded".to_owned()));
                drop(out.send(Message::Decoded(key, made)).await);
            }
        });
        Self { newest, _task: task }
    }

    /// Decodes a picture, for what the terminal can draw.
    pub(in crate::console) fn decode(&self, decode: Decode, picker: &Picker) {
        drop(self.newest.send(Some((decode, picker.clone()))));
    }
}

/// Decodes a picture, and makes of it what the terminal draws.
fn make(decode: &Decode, mut picker: Picker) -> Result<Picture, String> {
    let image = read(&decode.bytes).map_err(|error| format!("the picture cannot be decoded: {error}"))?;
    if decode.key.mode == PreviewMode::Characters {
        picker.set_protocol_type(ProtocolType::Halfblocks);
    }
    let wanted = decode.key.wanted;
    let size = Size::new(wanted.columns.max(1), wanted.lines.max(1));
    // Cells are coarse, so a small picture fills the area; pixels need no more than there are.
    let resize = match picker.protocol_type() {
        ProtocolType::Halfblocks => Resize::Scale(None),
        ProtocolType::Sixel | ProtocolType::Kitty | ProtocolType::Iterm2 => Resize::Fit(None),
    };
    let protocol = picker.new_protocol(image, size, resize);
    protocol.map(Picture::new).map_err(|error| format!("the picture cannot be drawn: {error}"))
}

fn read(bytes: &[u8]) -> Result<DynamicImage, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    reader.decode()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};
    use ratatui_image::picker::Picker;
    use ratatui_image::protocol::Protocol;
    use tokio::sync::mpsc;

    use super::{Decode, Decoder, Message, make};
    use crate::console::core::preview::{PictureKey, PreviewMode, Wanted};

    fn decode(columns: u16, bytes: Vec<u8>) -> Decode {
        let job = "0198f2b7-10aa-7d01-9c3e-55d1e2a0c7f4".parse().expect("an id");
        let wanted = Wanted { job, columns, lines: 10 };
        Decode { key: PictureKey { wanted, mode: PreviewMode::Thumbnail }, bytes: bytes.into() }
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([200, 0, 0])).write_to(&mut bytes, ImageFormat::Png).expect("an image");
        bytes.into_inner()
    }

    #[test]
    fn a_picture_fits_the_area_and_what_is_broken_or_too_large_is_refused() {
        let picture = make(&decode(40, png(48, 27)), Picker::halfblocks()).expect("a picture");
        let size = picture.get::<Protocol>().expect("a protocol").size();
        assert!(size.width <= 40 && size.height <= 10 && size.height >= 9, "{size:?}");
        for broken in [b"no picture".to_vec(), png(64, 64).split_off(20), png(12_001, 1)] {
            assert!(make(&decode(40, broken), Picker::halfblocks()).is_err());
        }
    }

    #[tokio::test]
    async fn the_newest_picture_is_decoded() {
        let (out, mut messages) = mpsc::channel(8);
        let decoder = Decoder::start(&out);
        for columns in 1..=20 {
            decoder.decode(decode(columns, png(64, 64)), &Picker::halfblocks());
        }
        loop {
            let Some(Message::Decoded(key, Ok(_))) = messages.recv().await else { panic!("a picture is expected") };
            if key.wanted.columns == 20 {
                return;
            }
        }
    }
}
