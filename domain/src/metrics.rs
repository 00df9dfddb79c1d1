//! The metrics that verbs record. Without a recorder in the process, they cost next to nothing.

/// Describes all of them, and starts their counters at zero. Call it once, when the process has
/// installed its recorder.
pub fn describe() {
    crate::audit::describe();
    crate::db::describe_metrics();
    crate::job::metrics::describe();
    crate::notify::describe();
    crate::overview::describe();
}
