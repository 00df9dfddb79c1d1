//! A result on its way out, slice by slice: memory stays flat however large it is.

use domain::Db;
use domain::result::Kept;
use futures_util::stream;
use poem::Body;

/// A body that reads a result as it is sent. If the result is swept underneath it, the
/// connection breaks, rather than ending short as if that were all.
pub(crate) fn body(db: Db, kept: Kept) -> Body {
    let slices = stream::try_unfold((db, kept, 0), |(db, kept, sent)| async move {
        if sent >= kept.size {
            return Ok(None);
        }
        match kept.slice(&db, sent).await {
            Ok(Some(slice)) if !slice.is_empty() => {
                let sent = sent.saturating_add(i64::try_from(slice.len()).unwrap_or(i64::MAX));
                Ok(Some((slice, (db, kept, sent))))
            }
            Ok(_) => Err(std::io::Error::other("the result was swept while it was being sent")),
            Err(error) => Err(std::io::Error::other(error)),
        }
    });
    Body::from_bytes_stream(slices)
}
