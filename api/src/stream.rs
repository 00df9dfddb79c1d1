//! A result on its way out, slice by slice: memory stays flat however large it is.

use std::ops::Range;

use domain::Db;
use domain::result::Kept;
use futures_util::stream;
use poem::Body;

/// A body that reads a part of a result as it is sent. If the result is swept underneath
/// it, the connection breaks, rather than ending short as if that were all.
pub(crate) fn body(db: Db, kept: Kept, part: Range<i64>) -> Body {
    let slices = stream::try_unfold((db, kept, part), |(db, kept, part)| async move {
        if part.is_empty() {
            return Ok(None);
        }
        match kept.slice(&db, &part).await {
            Ok(Some(slice)) if !slice.is_empty() => {
                let sent = i64::try_from(slice.len()).unwrap_or(i64::MAX);
                let rest = part.start.saturating_add(sent)..part.end;
                Ok(Some((slice, (db, kept, rest))))
            }
            Ok(_) => Err(std::io::Error::other("the result was swept while it was being sent")),
            Err(error) => Err(std::io::Error::other(error)),
        }
    });
    Body::from_bytes_stream(slices)
}
