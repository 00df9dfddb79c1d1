//! Egress: what a page can reach, by whatever means it tries.

mod clusters;
mod containment;
mod frames;
mod names;
mod ports;
mod redirects;
mod schemes;
mod targets;
