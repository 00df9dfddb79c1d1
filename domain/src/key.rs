//! API keys: how a caller proves which account it acts for.
//!
//! A key reads `tt_<id>_<secret><checksum>`. The id is public and finds the row. The secret
//! has 256 bits and is shown once; only its SHA-256 is stored. The checksum is a CRC-32, so
//! that a mistyped or truncated key is rejected without a query, and secret scanners can
//! recognize a key.

mod condition;
mod create;
mod limit;
mod new_key;
mod page;
mod parts;
mod rename;
mod request;
mod revoke;
mod rotate;
mod scope;
mod verify;
mod write_uses;

pub use condition::KeyCondition;
pub use create::{CreateKeyError, create};
pub use limit::{KeyLimits, LimitKeyError, limit};
pub use new_key::{CreatedKey, Expiry, NewKey};
pub use page::{KeyCursor, KeyFilter, KeyPage, KeyState, KeySummary, MAX_EXAMINED, page};
pub use rename::{RenameKeyError, rename};
pub use request::RequestContext;
pub use revoke::{Revocation, revoke};
pub use rotate::{DEFAULT_OVERLAP, RotateKeyError, Rotation, rotate};
pub use scope::{InsufficientScope, InvalidScope, Scope, Scopes};
pub use verify::{Caller, VerifyError, verify};
pub use write_uses::write_uses;
