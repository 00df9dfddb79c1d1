//! The oldest transaction: it keeps vacuum from cleaning the queue, and buckets from expiring.

use super::finding::{Finding, Status};
use crate::{Db, DbError};

/// Above this age, in seconds, a transaction is worth a look.
const WARN_AFTER_S: f64 = 300.0;

/// Above this age, in seconds, the queue becomes slow.
const FAIL_AFTER_S: f64 = 3600.0;

pub(super) async fn transactions(db: &Db) -> Result<Vec<Finding>, DbError> {
    let row = sqlx::query!(
        r#"
        with other as (
            select pid::text as id, coalesce(nullif(application_name, ''), usename, '') as name, state, xact_start as since
            from pg_stat_activity
            where backend_type = 'client backend' and pid <> pg_backend_pid()
            union all
            select gid, owner, 'prepared', prepared from pg_prepared_xacts
        )
        select
            (select count(*) from pg_stat_activity where query = '<insufficient privilege>') as "hidden!",
            oldest.id as "id?",
            oldest.name as "name?",
            oldest.state as "state?",
            extract(epoch from clock_timestamp() - oldest.since)::float8 as age_s
        from (select) as always
        left join lateral (select * from other where since is not null order by since limit 1) as oldest on true
        "#
    )
    .fetch_one(db)
    .await?;
    let finding = match (row.age_s, row.hidden) {
        (Some(age_s), _) => {
            let (id, name) = (row.id.unwrap_or_default(), row.name.unwrap_or_default());
            let state = row.state.unwrap_or_default();
            let value = format!("the oldest is {age_s:.0} s old: {id} ({name}), {state}");
            Finding::judged("transactions", value, judge(age_s))
        }
        (None, 0) => Finding::ok("transactions", "none besides this one"),
        (None, hidden) => {
            Finding::new("transactions", Status::Unknown, format!("{hidden} sessions of other roles are hidden"))
                .advised("grant pg_read_all_stats to this role, as deploy/roles.sql does")
        }
    };
    Ok(vec![finding])
}

fn judge(age_s: f64) -> Option<(Status, &'static str)> {
    let advice = "vacuum cannot clean the queue and results do not expire: end it with pg_terminate_backend, or roll \
                  it back if it is prepared";
    if age_s >= FAIL_AFTER_S {
        Some((Status::Fail, advice))
    } else {
        (age_s >= WARN_AFTER_S).then_some((Status::Warn, advice))
    }
}
