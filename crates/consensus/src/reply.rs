//! What openraft answers a proposal through: the channel back to the proposer,
//! and the share of the group's in-flight bytes that the command holds.
//!
//! - The share is given back when the command has been applied or refused, not
//!   when the proposer stops waiting: a command that timed out is still queued,
//!   and still counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openraft::OptionalSend;
use openraft::raft::responder::Responder;

use crate::runtime::{Oneshot, OneshotReceiverOf, OneshotSender, OneshotSenderOf, Runtime};
use crate::type_config::Types;

/// A responder that also holds the command's share of the queue.
pub(crate) struct Reply<R: Runtime, T: OptionalSend + 'static> {
    sender: OneshotSenderOf<R, T>,
    share: Share,
}

impl<R: Runtime, T: OptionalSend + 'static> Reply<R, T> {
    pub(crate) fn new(share: Share) -> (Self, OneshotReceiverOf<R, T>) {
        let (sender, receiver) = <R::Oneshot as Oneshot>::channel();
        let reply = Reply { sender, share };
        (reply, receiver)
    }
}

impl<R: Runtime, T: OptionalSend + 'static> Responder<Types<R>, T> for Reply<R, T> {
    fn on_complete(self, result: T) {
        // Before the proposer knows: who proposes next finds the room.
        drop(self.share);
        // The proposer may have given up waiting; there is nobody to tell then.
        let _ = self.sender.send(result);
    }
}

/// The bytes of the commands that a group has taken and not yet applied.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    bytes: AtomicU64,
}

impl InFlight {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Takes a share, unless the queue would grow past its bound. An empty queue
    /// takes any command, so that one above the bound is slow and not refused for ever.
    pub(crate) fn take(self: &Arc<Self>, bytes: u64, bytes_max: u64) -> Option<Share> {
        self.bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                (held == 0 || held.saturating_add(bytes) <= bytes_max).then_some(held + bytes)
            })
            .ok()?;
        Some(Share {
            in_flight: self.clone(),
            bytes,
        })
    }
}

/// One command's part of [`InFlight`], given back on drop.
#[derive(Debug)]
pub(crate) struct Share {
    in_flight: Arc<InFlight>,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.in_flight
            .bytes
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_bounded_and_come_back() {
        let in_flight = Arc::new(InFlight::default());
        let first = in_flight.take(60, 100);
        assert!(first.is_some());
        assert!(in_flight.take(60, 100).is_none());
        drop(first);
        assert_eq!(in_flight.bytes(), 0);
        assert!(in_flight.take(1_000, 100).is_some(), "alone, any size");
    }
}
