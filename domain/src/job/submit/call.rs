//! A call that submits.

use crate::account::Rate;
use crate::idempotency::{Idempotency, Response};
use crate::key::Caller;

/// A call that submits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) caller: &'a Caller,
    pub(super) idempotency: Option<&'a Idempotency>,
}

/// What the statement did with a call that it did not refuse.
#[derive(Debug)]
pub(super) enum Inserted {
    /// These jobs were accepted. There are none if the credits pay for none.
    New(Response, Option<Rate>),
    /// Nothing was submitted: an earlier call has the same idempotency key.
    KeyTaken,
}
