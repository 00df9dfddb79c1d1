//! Secrets: the headers, cookies and credentials that a customer sends to the page.
//!
//! They are validated with the request, sealed with a key of the operator for as long as the job
//! is unfinished, and deleted by the statement that ends it. Nothing here prints their content.

mod basic_auth;
mod cookie;
mod header;
mod invalid;
mod key_list;
mod keyring;
mod marker;
mod new_secrets;
mod sealing_key;
mod secrets;
mod stored_secrets;
mod text;

pub use basic_auth::{BasicAuth, MAX_CREDENTIAL_BYTES};
pub use cookie::{Cookie, MAX_COOKIE_BYTES, SameSite, UnknownSameSite};
pub use header::{Header, MAX_HEADER_NAME_BYTES, MAX_HEADER_VALUE_BYTES};
pub use invalid::InvalidSecret;
pub use key_list::KeyList;
pub use keyring::{InvalidKeyring, Keyring};
pub(crate) use marker::{mark, unmark};
pub use new_secrets::NewSecrets;
pub use secrets::{MAX_COOKIES, MAX_HEADERS, Secrets};
pub use stored_secrets::{OpenError, StoredSecrets};
