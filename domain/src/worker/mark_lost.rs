//! Marking lost workers: the first worker that sees that another is silent records it.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// Records the workers that have become lost, each once, and returns their number.
///
/// Any number of workers may call it at once. As when it reaps, a `reaper` whose own beats had a gap, or that has not
/// beaten since, judges nobody.
pub async fn mark_lost(db: &Db, reaper: WorkerId) -> Result<u64, DbError> {
    let marked = sqlx::query!(
        "with silent as materialized (
             select id
             from worker
             where lost_at is null
                 and is_alive(beat_at) is not true
                 and exists (select from worker where id = $1 and judges_from <= now() and is_heard(beat_at))
             for update skip locked
         ), lost as (
             update worker
             set lost_at = now()
             where id = any(array(select id from silent)) and lost_at is null and is_alive(beat_at) is not true
             returning id, name, beat_at, host
         )
         insert into event (kind, worker, message, detail)
         select
             'worker.lost', id,
             format('%s: no beat for %s s', name, round(extract(epoch from now() - beat_at))),
             jsonb_build_object('beat_at', beat_at, 'host', host)
         from lost",
        reaper as _,
    )
    .execute(db)
    .await?;
    Ok(marked.rows_affected())
}
