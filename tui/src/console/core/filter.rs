//! The filter language: which jobs an operator means, as words such as `status:failed error:TLS_ERROR since:1h`.
//!
//! ```text
//! filter = { word }            all words must match
//! word   = key ":" value | "url~" text | job id | request id
//! value  = text | '"' text '"'  quoted if it has blanks; \" and \\ inside
//! ```

mod complete;
mod error;
mod lex;
mod parse;
mod print;
mod time;
mod value;

pub(crate) use complete::{Completion, Known, complete};
pub(crate) use error::FilterError;
pub(crate) use parse::parse;
pub(crate) use print::print;
pub(crate) use time::moment;

/// A key of the language, and an example of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its name with the sign behind it.
    pub(crate) name: &'static str,
    /// What it means, with an example.
    pub(crate) help: &'static str,
}

/// The keys, those that an index serves first.
pub(crate) const KEYS: &[Key] = &[
    Key { name: "status:", help: "queued, processing, completed or failed" },
    Key { name: "error:", help: "error code, such as TLS_ERROR" },
    Key { name: "account:", help: "name of the account" },
    Key { name: "worker:", help: "name or id of the worker of the last attempt" },
    Key { name: "batch:", help: "id of the batch" },
    Key { name: "id:", help: "id of the job" },
    Key { name: "since:", help: "1h, 14:32, 2026-11-29 or 2026-11-29T14:32:00Z" },
    Key { name: "until:", help: "as since:" },
    Key { name: "type:", help: "screenshot or pdf" },
    Key { name: "key:", help: "public id of the API key" },
    Key { name: "request:", help: "X-Request-Id of the submission" },
    Key { name: "reference:", help: "the customer's own name for the job" },
    Key { name: "attempt:", help: "more attempts than this: >1" },
    Key { name: "wait:", help: "waited for longer than this: >30s" },
    Key { name: "url~", help: "a part of the URL" },
];

#[cfg(test)]
mod tests;
