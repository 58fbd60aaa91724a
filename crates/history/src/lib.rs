//! Histories: what the clients of a cluster asked and were told, and whether a correct store could have told it.
//!
//! ```text
//! clients ─► Recorder ─► one history per key ─► linearizable(model, history) ─► fits, or the few operations that do not
//!                   └──► steps of each session ─► sessions(steps) ─► fits, or the step that went back
//! ```
//!
//! - An operation that was answered took effect once, between its begin and its end. One whose outcome is unknown took effect
//!   at any time after its begin, or never. One that failed took no effect, ever: whoever records must be sure of it.
//! - A history is refused only with a reason to read: the shortest part of it that does not fit, drawn over time.
//! - The checker is exact. Where it cannot decide within its bound it says so, which is not a pass.
//!
//! For tests only, and free of dependencies, so that any of them can link it.

mod linearizable;
mod model;
mod models;
mod number_set;
mod operation;
mod recorder;
mod search;
mod sessions;
mod shrink;
mod violation;

pub use crate::linearizable::{Bounds, linearizable};
pub use crate::model::Model;
pub use crate::models::{
    Counter, CounterInput, CounterOutput, MessageSet, Register, RegisterInput, RegisterOutput,
    SetInput, SetOutput,
};
pub use crate::number_set::NumberSet;
pub use crate::operation::{Operation, Outcome};
pub use crate::recorder::{Clock, Pending, Recorder};
pub use crate::sessions::{Guarantee, Position, Step, Stepped, WentBack, sessions};
pub use crate::violation::{Refusal, Violation};
