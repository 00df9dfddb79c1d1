//! The queue against a small model of itself, under random orders of everything.
