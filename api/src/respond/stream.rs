//! Streams a result slice by slice, so that memory use does not depend on its size.

use std::ops::Range;

use domain::Db;
use domain::result::StoredResult;
use futures_util::stream;
use poem::Body;

/// Returns a body that reads a part of a result while it is sent. If the result expires
/// during the transfer, the connection is aborted, so that the client does not mistake a
/// truncated file for a complete one.
pub(crate) fn body(db: Db, result: StoredResult, part: Range<i64>) -> Body {
    let slices = stream::try_unfold((db, result, part), |(db, result, part)| async move {
        if part.is_empty() {
            return Ok(None);
        }
        match result.slice(&db, &part).await {
            Ok(Some(slice)) if !slice.is_empty() => {
                let sent = i64::try_from(slice.len()).unwrap_or(i64::MAX);
                let rest = part.start.saturating_add(sent)..part.end;
                Ok(Some((slice, (db, result, rest))))
            }
            Ok(_) => Err(std::io::Error::other("the result was deleted while it was being sent")),
            Err(error) => Err(std::io::Error::other(error)),
        }
    });
    Body::from_bytes_stream(slices)
}
