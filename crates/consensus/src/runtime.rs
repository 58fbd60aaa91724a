//! The runtime that everything here waits on: openraft's, so that a whole node
//! can run on tokio or in the deterministic simulation.
//!
//! Code above this crate that waits (the pump, for one) takes its tasks, timers
//! and channels from here too, and is then simulated with it.

pub use openraft::AsyncRuntime as Runtime;
pub use openraft::async_runtime::{
    Instant, Mpsc, MpscReceiver, MpscSender, Mutex, Oneshot, OneshotSender, Select2, Select3,
    Select4, Watch, WatchReceiver, WatchSender,
};
pub use openraft_rt_tokio::TokioRuntime;

/// The sending half of a watch channel of the runtime `R`.
pub type WatchSenderOf<R, T> = <<R as Runtime>::Watch as Watch>::Sender<T>;
/// The receiving half of a watch channel of the runtime `R`.
pub type WatchReceiverOf<R, T> = <<R as Runtime>::Watch as Watch>::Receiver<T>;
/// The sending half of a oneshot channel of the runtime `R`.
pub type OneshotSenderOf<R, T> = <<R as Runtime>::Oneshot as Oneshot>::Sender<T>;
/// The receiving half of a oneshot channel of the runtime `R`.
pub type OneshotReceiverOf<R, T> = <<R as Runtime>::Oneshot as Oneshot>::Receiver<T>;
/// The sending half of a bounded channel of the runtime `R`.
pub type MpscSenderOf<R, T> = <<R as Runtime>::Mpsc as Mpsc>::Sender<T>;
/// The receiving half of a bounded channel of the runtime `R`.
pub type MpscReceiverOf<R, T> = <<R as Runtime>::Mpsc as Mpsc>::Receiver<T>;
