//! The browsers of a worker: how they start and stop, whom they serve, and how they withstand
//! hostile pages.

mod console;
mod exhaustion;
mod hostile;
mod isolation;
mod lane;
mod pool;
mod processes;
mod reuse;
mod soak;
mod startup;
mod thumbnails;
