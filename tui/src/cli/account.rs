//! `tintype account`: accounts, their credits and their limits.

mod describe;

use clap::{ArgGroup, Args, Subcommand};
use domain::Db;
use domain::account::{self, Limits, Suspension};
use domain::event::Actor;
use serde_json::{Value, json};

use super::actor::ActorArgs;
use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{quantity, sanitize};
use crate::target::Target;

/// Show and create accounts, grant and adjust credits, set limits, suspend and resume.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Create an account
    Create {
        /// The name that identifies the account in all commands
        name: String,
        /// The initial credits
        #[arg(long, value_name = "N", default_value_t = 0)]
        credits: i64,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Add credits to an account
    Grant {
        /// The account's name
        name: String,
        /// The number of credits
        #[arg(value_name = "N")]
        credits: i64,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Add credits to an account, or remove some, and record why
    Adjust {
        /// The account's name
        name: String,
        /// The number of credits; negative to remove some, but a balance is never below 0
        #[arg(value_name = "N", allow_negative_numbers = true)]
        credits: i64,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Show an account: its credits, how fast it spends them, and its limits
    Show {
        /// The account's name
        name: String,
    },
    /// Change an account's limits
    Limit(LimitArgs),
    /// Stop an account from submitting jobs; jobs that it has submitted continue
    Suspend {
        /// The account's name
        name: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Let a suspended account submit jobs again
    Resume {
        /// The account's name
        name: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

/// Change an account's limits. Limits that are not given stay as they are.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("limits").required(true).multiple(true).args(["weight", "rate", "burst", "no_rate"]))]
pub(crate) struct LimitArgs {
    /// The account's name
    name: String,
    /// Its share of the workers while other accounts wait, too: 2 gives twice that of 1
    #[arg(long, value_name = "1-1000")]
    weight: Option<i16>,
    /// Jobs per minute
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

/// Creates an account, or changes one.
pub(crate) async fn run(target: &Target, format: OutputFormat, command: AccountCommand) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let (value, text) = match command {
        AccountCommand::Create { name, credits, actor } => create(&db, &actor.actor(), &name, credits).await?,
        AccountCommand::Grant { name, credits, actor } => {
            let balance = account::grant(&db, &actor.actor(), &name, credits).await?;
            let text = format!("account {} now has {}", sanitize(&name), quantity(balance, "credit"));
            (json!({ "name": name, "credits": balance }), text)
        }
        AccountCommand::Adjust { name, credits, actor } => {
            let balance = account::adjust(&db, &actor.actor(), &name, credits).await?;
            let text = format!("account {} now has {}", sanitize(&name), quantity(balance, "credit"));
            (json!({ "name": name, "credits": balance }), text)
        }
        AccountCommand::Show { name } => show(&db, &name).await?,
        AccountCommand::Limit(args) => limit(&db, args).await?,
        AccountCommand::Suspend { name, actor } => {
            let suspension = account::suspend(&db, &actor.actor(), &name).await?;
            suspension_of(&name, "suspended", suspension)?
        }
        AccountCommand::Resume { name, actor } => {
            let suspension = account::resume(&db, &actor.actor(), &name).await?;
            suspension_of(&name, "active", suspension)?
        }
    };
    Ok(format.print(&value, || text)?)
}

async fn create(db: &Db, actor: &Actor, name: &str, credits: i64) -> Result<(Value, String), CommandError> {
    let id = account::create(db, actor, name, credits).await?;
    let text = format!("created account {} with {}", sanitize(name), quantity(credits, "credit"));
    Ok((json!({ "id": id, "name": name, "credits": credits }), text))
}

async fn show(db: &Db, name: &str) -> Result<(Value, String), CommandError> {
    let account = account::details(db, name).await?.ok_or_else(|| CommandError::NoSuchAccount(name.to_owned()))?;
    let hours = account::hours(db, account.id).await?;
    let refunds = account::unrefunded(db, account.id).await?;
    let text = describe::account(&account, &hours, &refunds);
    Ok((json!({ "account": account, "hours": hours, "refunds": refunds }), text))
}

async fn limit(db: &Db, args: LimitArgs) -> Result<(Value, String), CommandError> {
    let rate = match (args.rate.zip(args.burst), args.no_rate) {
        (Some(rate), _) => Some(Some(rate)),
        (None, true) => Some(None),
        (None, false) => None,
    };
    let limits = Limits { weight: args.weight, rate };
    account::limit(db, &args.actor.actor(), &args.name, limits).await?;
    let text = format!("changed the limits of account {}", sanitize(&args.name));
    Ok((json!({ "name": args.name }), text))
}

fn suspension_of(name: &str, status: &str, suspension: Suspension) -> Result<(Value, String), CommandError> {
    let verb = match suspension {
        Suspension::Changed => "is now",
        Suspension::Unchanged => "was already",
        Suspension::NoSuchAccount => return Err(CommandError::NoSuchAccount(name.to_owned())),
    };
    Ok((json!({ "name": name, "status": status }), format!("account {} {verb} {status}", sanitize(name))))
}
