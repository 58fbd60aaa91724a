//! acquaint-node

pub mod config;

pub use config::Config;
