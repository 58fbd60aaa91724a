//! The stores that histories are checked against.

mod counter;
mod message_set;
mod register;

pub use counter::{Counter, CounterInput, CounterOutput};
pub use message_set::{MessageSet, SetInput, SetOutput};
pub use register::{Register, RegisterInput, RegisterOutput};
