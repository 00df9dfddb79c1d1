//! Egress: what a page can reach, by whatever means it tries.

mod containment;
mod frames;
mod names;
mod redirects;
mod schemes;
mod targets;
