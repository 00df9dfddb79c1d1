//! `tintype key`: how an account proves that it is the caller.

use serde_json::json;

use domain::key::{self, Revoked};

use super::CommandError;
use crate::cli::Key;
use crate::database::Source;
use crate::print::{self, Form};
use crate::text;

/// Creates a key, or revokes one.
pub(crate) async fn run(source: &Source, form: Form, command: Key) -> Result<(), CommandError> {
    let db = source.connect().await?;
    let (answer, said) = match command {
        Key::Create { account } => {
            let made = key::create(&db, &account).await?;
            let said = format!("{}\nIts id is {}. It is shown this once: only its hash is kept.", made.key, made.id);
            (json!({ "key": made.key, "id": made.id }), said)
        }
        Key::Revoke { id } => {
            let (revoked, said) = match key::revoke(&db, &id).await? {
                Revoked::Now => ("now", "is revoked"),
                Revoked::Before => ("before", "was revoked before"),
                Revoked::Unknown => return Err(CommandError::NoSuchKey(id)),
            };
            let said = format!("key {} {said}", text::clean(&id));
            (json!({ "id": id, "revoked": revoked }), said)
        }
    };
    match form {
        Form::Json => print::json(&answer)?,
        Form::Text => print::line(&said)?,
    }
    Ok(())
}
