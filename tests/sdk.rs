//! Clients: the generated ones, the examples, and one that is written from the contract alone.

mod contract;
mod examples;
mod faults;
mod program;
mod scenarios;
