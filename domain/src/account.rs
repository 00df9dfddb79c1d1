//! Accounts: who pays.

mod balance;
mod create;
mod grant;

pub use balance::{Balance, balance};
pub use create::{CreateError, create};
pub use grant::{GrantError, grant};
