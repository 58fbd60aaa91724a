//! The `acquaint` command.

pub mod generate;
