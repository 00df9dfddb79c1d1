//! `tintype account`: who pays.

use serde_json::{Value, json};

use domain::account::{self, Limits, Suspended};

use super::CommandError;
use crate::cli::{Account, Limit};
use crate::database::Source;
use crate::print::{self, Form};
use crate::text;

/// Creates an account, or changes what it has and may.
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
        Account::Limit(limit) => {
            account::limit(&db, &limit.name, limits(&limit)).await?;
            (json!({ "name": limit.name }), format!("limited account {}", text::clean(&limit.name)))
        }
        Account::Suspend { name } => changed(&name, "suspended", account::suspend(&db, &name).await?)?,
        Account::Resume { name } => changed(&name, "active", account::resume(&db, &name).await?)?,
    };
    match form {
        Form::Json => print::json(&answer)?,
        Form::Text => print::line(&said)?,
    }
    Ok(())
}

fn limits(asked: &Limit) -> Limits {
    let rate = match (asked.rate.zip(asked.burst), asked.no_rate) {
        (Some(rate), _) => Some(Some(rate)),
        (None, true) => Some(None),
        (None, false) => None,
    };
    Limits { weight: asked.weight, rate }
}

fn changed(name: &str, state: &str, became: Suspended) -> Result<(Value, String), CommandError> {
    let now = match became {
        Suspended::Now => "is now",
        Suspended::Before => "was already",
        Suspended::Unknown => return Err(CommandError::NoSuchAccount(name.to_owned())),
    };
    Ok((json!({ "name": name, "status": state }), format!("account {} {now} {state}", text::clean(name))))
}
