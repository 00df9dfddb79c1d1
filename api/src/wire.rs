//! The JSON bodies of the API, and their conversion to and from values of the domain.

pub(crate) mod context;
pub(crate) mod options;
pub(crate) mod request;
pub(crate) mod response;
