//! A held transaction: what one that is open for minutes does to the claim.
//!
//! It is a snapshot in the contender's own database, and locks none of its tables, as a report
//! or a forgotten session does. Nothing that dies after it can be vacuumed.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::{Instant, sleep_until};

use super::{Turn, jobs_for};
use crate::contenders::Contender;
use crate::ground::{Ground, execute};
use crate::plan::{Plan, Section};
use crate::program::{self, Order, Working};
use crate::server::Server;
use crate::table::Table;

/// How many contenders are measured at once, each in a database of its own: what each does is light.
const AT_ONCE: usize = 4;

/// How many jobs a second.
const RATE: f64 = 200.0;

/// How many jobs at once.
const SLOTS: u16 = 4;

/// What the claims of a contender have cost so far.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Claims {
    calls: f64,
    ms: f64,
    blocks: f64,
}

/// What was found.
struct Found {
    early: Claims,
    late: Claims,
    dead: f64,
    waiting: f64,
}

pub(super) async fn measure(server: &Server, plan: &Plan, contenders: &[&'static Contender], table: &mut Table) {
    for group in contenders.chunks(AT_ONCE) {
        let mut turns = Vec::new();
        for contender in group.iter().copied() {
            turns.push(Box::pin(hold(Turn { server, plan, contender })));
        }
        for (contender, found) in group.iter().zip(join_all(turns).await) {
            match found {
                Ok(found) => note(contender, &found, table),
                Err(error) => table.gap(contender, Some(Section::Held), &error),
            }
        }
    }
}

/// Up to [`AT_ONCE`] of them at once.
async fn join_all<T>(turns: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut turns = turns.into_iter();
    let (first, second, third, fourth) = (turns.next(), turns.next(), turns.next(), turns.next());
    let maybe = async |turn: Option<_>| match turn {
        Some(turn) => Some(turn.await),
        None => None,
    };
    let (first, second, third, fourth) = tokio::join!(maybe(first), maybe(second), maybe(third), maybe(fourth));
    [first, second, third, fourth].into_iter().flatten().collect()
}

async fn hold(turn: Turn<'_>) -> anyhow::Result<Found> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    execute(&ground.db, "create table bystander ()").await?;
    ground.settle().await?;
    let mut working = Working::ready(&ground, SLOTS, 0, false).await?;
    let mut held = ground.db.begin_with("begin isolation level repeatable read").await?;
    sqlx::query("select 1 from bystander").execute(&mut *held).await?;
    working.go().await?;
    let jobs = jobs_for(RATE, turn.plan.held.as_secs_f64(), 100..=1_000_000);
    let order = Order { jobs, rate: Some(RATE), ..Order::default() };
    let (enqueued, seen) = tokio::join!(program::enqueue(&ground, &order), watch(&ground, turn.plan));
    enqueued?;
    let (early, late) = seen?;
    let dead = dead_tuples(&ground.db).await?;
    let waiting = f64::from(jobs) - f64::from(u32::try_from(ground.completed(jobs).await?)?);
    held.rollback().await?;
    working.stop().await?;
    ground.clear().await?;
    Ok(Found { early, late, dead, waiting })
}

/// What claims cost in the first part, and in the last.
async fn watch(ground: &Ground<'_>, plan: &Plan) -> anyhow::Result<(Claims, Claims)> {
    let begun = Instant::now();
    let part = plan.held_part();
    let mut seen = Vec::new();
    for moment in [Duration::ZERO, part, plan.held.saturating_sub(part), plan.held] {
        sleep_until(begun + moment).await;
        seen.push(claims(ground).await?);
    }
    let [zero, early, before, late] = seen.as_slice() else { anyhow::bail!("there are four moments") };
    Ok((early.since(zero), late.since(before)))
}

async fn claims(ground: &Ground<'_>) -> anyhow::Result<Claims> {
    let so_far = "
        select
            coalesce(sum(calls), 0)::float8 as calls,
            coalesce(sum(total_exec_time), 0)::float8 as ms,
            coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 as blocks
        from pg_stat_statements
        where toplevel and query ilike $1
            and dbid = (select oid from pg_database where datname = current_database())";
    Ok(sqlx::query_as(so_far).bind(ground.contender.claim).fetch_one(&ground.db).await?)
}

impl Claims {
    fn since(self, earlier: &Self) -> Self {
        Self { calls: self.calls - earlier.calls, ms: self.ms - earlier.ms, blocks: self.blocks - earlier.blocks }
    }
}

async fn dead_tuples(db: &PgPool) -> anyhow::Result<f64> {
    // Backends tell what they did once a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let dead = "select coalesce(sum(n_dead_tup), 0)::float8 from pg_stat_user_tables";
    Ok(sqlx::query_scalar(dead).fetch_one(db).await?)
}

fn note(contender: &Contender, found: &Found, table: &mut Table) {
    let per_claim = |claims: &Claims, amount: f64| amount / claims.calls;
    let cases = [
        ("claim, first part", "ms", per_claim(&found.early, found.early.ms)),
        ("claim, last part", "ms", per_claim(&found.late, found.late.ms)),
        ("blocks of a claim, first part", "blocks", per_claim(&found.early, found.early.blocks)),
        ("blocks of a claim, last part", "blocks", per_claim(&found.late, found.late.blocks)),
        ("claims, last part", "calls", found.late.calls),
        ("dead tuples at the end", "rows", found.dead),
        ("jobs left at the end", "jobs", found.waiting.max(0.0)),
    ];
    for (case, unit, value) in cases {
        table.note(Section::Held, contender, case, unit, vec![value]);
    }
}
