//! `tintype key`: API keys.

use clap::Subcommand;
use domain::key::{self, Revocation};
use secrecy::ExposeSecret;
use serde_json::json;

use super::actor::ActorArgs;
use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::sanitize;
use crate::target::Target;

/// Create and revoke API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key and print it; it cannot be shown again, because only its hash is stored
    Create {
        /// The name of the account whose credits the key spends
        #[arg(long, value_name = "NAME")]
        account: String,
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

/// Creates a key, or revokes one.
pub(crate) async fn run(target: &Target, format: OutputFormat, command: KeyCommand) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let (value, text) = match command {
        KeyCommand::Create { account, actor } => {
            let created = key::create(&db, &actor.actor(), &account).await?;
            let (key, id) = (created.key.expose_secret(), created.id);
            let text = format!(
                "{key}\nThe key's id is {id}. Store the key now: only its hash is kept, so it cannot be shown again."
            );
            (json!({ "key": key, "id": id }), text)
        }
        KeyCommand::Revoke { id, actor } => {
            let (revoked, verb) = match key::revoke(&db, &actor.actor(), &id).await? {
                Revocation::Revoked => ("now", "is now"),
                Revocation::AlreadyRevoked => ("before", "was already"),
                Revocation::NoSuchKey => return Err(CommandError::NoSuchKey(id)),
            };
            let text = format!("key {} {verb} revoked", sanitize(&id));
            (json!({ "id": id, "revoked": revoked }), text)
        }
    };
    Ok(format.print(&value, || text)?)
}
