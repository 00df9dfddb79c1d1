//! Replication: whether this is the primary, and what its standbys and slots are doing.

use super::finding::{Finding, Status};
use crate::{Db, DbError};

pub(super) async fn replication(db: &Db) -> Result<Vec<Finding>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            pg_is_in_recovery() as "is_standby!",
            current_setting('transaction_read_only')::boolean as "is_read_only!",
            current_setting('synchronous_standby_names') as "synchronous!",
            count(pid) as "standbys!",
            count(*) filter (where sync_state in ('sync', 'quorum')) as "in_sync!",
            count(*) filter (where pid is not null and state is null) as "hidden!",
            coalesce(string_agg(
                format('%s %s %s', coalesce(nullif(application_name, ''), pid::text), state, sync_state), ', '
                order by application_name, pid
            ) filter (where state is not null), 'none') as "list!",
            (select count(*) from pg_replication_slots where not active) as "idle_slots!"
        from (select) as always
        left join pg_stat_replication on true
        "#
    )
    .fetch_one(db)
    .await?;
    let role = match (row.is_standby, row.is_read_only) {
        (true, _) => Finding::new("role of the server", Status::Fail, "standby")
            .advised("it takes no jobs: connect to the primary, or promote this one"),
        (false, true) => Finding::new("role of the server", Status::Fail, "primary, read-only")
            .advised("it takes no jobs: look at default_transaction_read_only, of the server and of the role"),
        (false, false) => Finding::ok("role of the server", "primary"),
    };
    let waits = !row.synchronous.is_empty() && row.in_sync == 0 && row.hidden == 0;
    let standbys = if row.hidden > 0 {
        Finding::new("standbys", Status::Unknown, format!("{}, whose state is hidden", row.hidden))
            .advised("grant pg_read_all_stats to this role, as deploy/roles.sql does")
    } else {
        let advice = "commits wait for a synchronous standby, and none is connected: see synchronous_standby_names";
        Finding::judged("standbys", row.list, waits.then_some((Status::Fail, advice)))
    };
    let idle = "they keep WAL until the disk is full: drop those that nobody uses";
    let value = format!("{} without a receiver", row.idle_slots);
    let slots = Finding::judged("replication slots", value, (row.idle_slots > 0).then_some((Status::Warn, idle)));
    Ok(vec![role, standbys, slots])
}
