//! `tintype account`: who pays.

use serde_json::json;

use domain::account;

use super::CommandError;
use crate::cli::Account;
use crate::database::Source;
use crate::print::{self, Form};
use crate::text;

/// Creates an account, or grants it credits.
pub(crate) async fn run(source: &Source, form: Form, command: Account) -> Result<(), CommandError> {
    let db = source.connect().await?;
    let (answer, said) = match command {
        Account::Create { name, credits } => {
            let id = account::create(&db, &name, credits).await?;
            let said = format!("created account {} with {}", text::clean(&name), text::things(credits, "credit"));
            (json!({ "id": id, "name": name, "credits": credits }), said)
        }
        Account::Grant { name, credits } => {
            let balance = account::grant(&db, &name, credits).await?;
            let said = format!("account {} has {} now", text::clean(&name), text::things(balance, "credit"));
            (json!({ "name": name, "credits": balance }), said)
        }
    };
    match form {
        Form::Json => print::json(&answer)?,
        Form::Text => print::line(&said)?,
    }
    Ok(())
}
