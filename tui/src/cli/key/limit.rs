//! `tintype key limit`: what a key may do, until when, and how fast.

use clap::{ArgGroup, Args};
use domain::Db;
use domain::key::{self, Expiry, KeyLimits, Scopes};
use serde_json::{Value, json};

use crate::cli::actor::ActorArgs;
use crate::cli::error::CommandError;
use crate::lifetime;
use crate::output::format::sanitize;

/// Change a key's limits. Limits that are not given stay as they are.
#[derive(Debug, Args)]
#[group(skip)]
#[command(
    group = ArgGroup::new("key_limits").required(true).multiple(true)
        .args(["scopes", "expires", "no_expiry", "rate", "burst", "no_rate"])
)]
pub(crate) struct LimitArgs {
    /// The key's id: the part between `tt_` and the second `_`
    id: String,
    /// What the key may do: render, read or admin
    #[arg(long, value_name = "SCOPE,…")]
    scopes: Option<Scopes>,
    /// When the key stops working: after a time such as 12h or 90d, or at a moment such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = lifetime::expiry)]
    expires: Option<Expiry>,
    /// Let the key work until it is revoked
    #[arg(long, conflicts_with = "expires")]
    no_expiry: bool,
    /// Jobs per minute; the limit of the account holds as well
    #[arg(long, value_name = "N", requires = "burst")]
    rate: Option<i32>,
    /// Jobs at once, 20 or more
    #[arg(long, value_name = "N", requires = "rate")]
    burst: Option<i32>,
    /// Remove the rate limit
    #[arg(long, conflicts_with_all = ["rate", "burst"])]
    no_rate: bool,
    #[command(flatten)]
    actor: ActorArgs,
}

/// Changes the limits of a key.
pub(super) async fn run(db: &Db, args: LimitArgs) -> Result<(Value, String), CommandError> {
    let rate = args.rate.zip(args.burst).map(Some).or(args.no_rate.then_some(None));
    let expiry = args.expires.or(args.no_expiry.then_some(Expiry::Never));
    let limits = KeyLimits { scopes: args.scopes, expiry, rate };
    key::limit(db, &args.actor.actor(), &args.id, &limits).await?;
    let text = format!("changed the limits of key {}", sanitize(&args.id));
    Ok((json!({ "id": args.id }), text))
}
