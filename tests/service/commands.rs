//! The operator's commands, as scripts use them.
