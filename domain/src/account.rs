//! Accounts: they own credits, keys and jobs.

mod balance;
mod create;
mod grant;
mod limit;
mod rate;
mod suspend;

pub use balance::{Balance, balance};
pub use create::{CreateError, create};
pub use grant::{GrantError, grant};
pub use limit::{LimitError, Limits, limit};
pub use rate::Rate;
pub use suspend::{Suspension, resume, suspend};
