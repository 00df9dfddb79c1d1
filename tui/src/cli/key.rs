//! `tintype key`: API keys.

pub(super) mod describe;
mod limit;

use std::time::Duration;

use clap::{Args, Subcommand};
use domain::Db;
use domain::key::{self, Expiry, KeyFilter, NewKey, Revocation, Scopes};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::actor::ActorArgs;
use super::error::CommandError;
use crate::lifetime;
use crate::output::OutputFormat;
use crate::output::format::{sanitize, timestamp};
use crate::target::Target;

/// Create, list, limit, rotate, rename and revoke API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key and print it; it cannot be shown again, because only its hash is stored
    Create(CreateArgs),
    /// List the newest keys, without their secrets
    List {
        /// Only keys of this account
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// The largest number of keys
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Replace a key with a new one of the same name, scopes and lifetime, and print it
    ///
    /// The old key works until the overlap has passed, but never longer than it would have.
    Rotate {
        /// The key's id: the part between `tt_` and the second `_`
        id: String,
        /// How long the old key works beside the new one, such as 90m, 24h or 7d; 0s ends it now
        #[arg(long, value_name = "TIME", value_parser = lifetime::duration, default_value = DEFAULT_OVERLAP_TEXT)]
        overlap: Duration,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Change what a key may do, when it expires, and how fast it may submit
    Limit(limit::LimitArgs),
    /// Give a key another name
    Rename {
        /// The key's id: the part between `tt_` and the second `_`
        id: String,
        /// The new name, at most 100 characters
        name: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Revoke a key, immediately and permanently
    Revoke {
        /// The key's id: the part between `tt_` and the second `_`
        id: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

/// [`DEFAULT_OVERLAP`](key::DEFAULT_OVERLAP), as it is written on the command line.
const DEFAULT_OVERLAP_TEXT: &str = "24h";

/// Create a key.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct CreateArgs {
    /// The name of the account whose credits the key spends
    #[arg(required_unless_present = "account_option")]
    account: Option<String>,
    /// The same as ACCOUNT, as earlier versions took it.
    #[arg(long = "account", value_name = "NAME", hide = true, conflicts_with = "account")]
    account_option: Option<String>,
    /// A name that tells where the key is used, at most 100 characters
    #[arg(long, value_name = "NAME", default_value = "default")]
    name: String,
    /// What the key may do: render (submit, cancel and retry jobs), read, or admin (everything)
    #[arg(long, value_name = "SCOPE,…", default_value = "admin")]
    scopes: Scopes,
    /// When the key stops working: after a time such as 12h or 90d, or at a moment such as
    /// 2027-01-31T00:00:00Z [default: never]
    #[arg(long, value_name = "TIME", value_parser = lifetime::expiry)]
    expires: Option<Expiry>,
    #[command(flatten)]
    actor: ActorArgs,
}

/// Runs one of the commands.
pub(crate) async fn run(target: &Target, format: OutputFormat, command: KeyCommand) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let (value, text) = match command {
        KeyCommand::Create(args) => create(&db, args).await?,
        KeyCommand::List { account, limit } => {
            let filter = KeyFilter { account, ..KeyFilter::default() };
            let keys = key::page(&db, &filter, None, limit).await?.keys;
            return Ok(format.print(&keys, || describe::list(&keys))?);
        }
        KeyCommand::Rotate { id, overlap, actor } => rotate(&db, &id, overlap, actor).await?,
        KeyCommand::Limit(args) => limit::run(&db, args).await?,
        KeyCommand::Rename { id, name, actor } => {
            key::rename(&db, &actor.actor(), &id, &name).await?;
            let text = format!("key {} is now named {}", sanitize(&id), sanitize(&name));
            (json!({ "id": id, "name": name }), text)
        }
        KeyCommand::Revoke { id, actor } => revoke(&db, id, actor).await?,
    };
    Ok(format.print(&value, || text)?)
}

async fn create(db: &Db, args: CreateArgs) -> Result<(Value, String), CommandError> {
    let account = args.account.or(args.account_option).unwrap_or_default();
    let expiry = args.expires.unwrap_or(Expiry::Never);
    let new = NewKey { account, name: args.name, scopes: args.scopes, expiry };
    let created = key::create(db, &args.actor.actor(), &new).await?;
    let NewKey { name, scopes, .. } = new;
    let text = describe::created(&created);
    let (key, id, expires_at) = (created.key.expose_secret(), created.id, created.expires_at);
    Ok((json!({ "key": key, "id": id, "name": name, "scopes": scopes, "expires_at": expires_at }), text))
}

async fn rotate(db: &Db, id: &str, overlap: Duration, actor: ActorArgs) -> Result<(Value, String), CommandError> {
    let rotation = key::rotate(db, &actor.actor(), id, overlap).await?;
    let (new, old_expires_at) = (rotation.new, rotation.old_expires_at);
    let end = format!("The old key {} works until {}.", sanitize(id), timestamp(old_expires_at));
    let text = format!("{}\n{end}", describe::created(&new));
    let (key, new_id, expires_at) = (new.key.expose_secret(), new.id, new.expires_at);
    let value = json!({ "key": key, "id": new_id, "expires_at": expires_at, "old": { "id": id, "expires_at": old_expires_at } });
    Ok((value, text))
}

async fn revoke(db: &Db, id: String, actor: ActorArgs) -> Result<(Value, String), CommandError> {
    let (revoked, verb) = match key::revoke(db, &actor.actor(), &id).await? {
        Revocation::Revoked => ("now", "is now"),
        Revocation::AlreadyRevoked => ("before", "was already"),
        Revocation::NoSuchKey => return Err(CommandError::NoSuchKey(id)),
    };
    let text = format!("key {} {verb} revoked", sanitize(&id));
    Ok((json!({ "id": id, "revoked": revoked }), text))
}

#[cfg(test)]
mod tests {
    use domain::key::DEFAULT_OVERLAP;

    use super::DEFAULT_OVERLAP_TEXT;
    use crate::lifetime;

    #[test]
    fn the_default_overlap_is_that_of_the_domain() {
        assert_eq!(lifetime::duration(DEFAULT_OVERLAP_TEXT), Ok(DEFAULT_OVERLAP));
    }
}
