//! The same trouble with a peer is said once, however often it is tried again.

use std::cell::RefCell;
use std::fmt::Debug;
use std::time::Duration;

use acquaint_consensus::Lane;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::nodes::{ask_until_answered, introduce, options, start_echo, until};

thread_local! {
    /// The reasons of the warnings of this thread. A subscriber of this thread alone would miss what other tests said first:
    /// whether anybody listens to a line is remembered for all threads.
    static REASONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the reasons of warnings.
struct Warnings;

/// A line, as it is read.
struct Reason;

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Reason);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Reason {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "reason" {
            REASONS.with_borrow_mut(|reasons| reasons.push(value.to_string()));
        }
    }
}

/// On one thread, so that what is logged there is all that is.
#[tokio::test]
async fn the_same_trouble_is_logged_once() {
    tracing::subscriber::set_global_default(Warnings).unwrap();
    let reasons = || REASONS.with_borrow(Vec::clone);
    let asked = start_echo(options(2)).await;
    asked.allow(Some([7].into()));
    let mut quick = options(1);
    quick.redial_wait_max = Duration::from_millis(10);
    quick.redial_wait_min = Duration::from_millis(10);
    let asks = start_echo(quick).await;
    introduce(&asks, 2, asked.local_addr());
    let refused = || asks.stats(Lane::Control).dials_refused() > 9;
    until("it was refused often", refused).await;
    let refusal = "it refused: node 1 is not a member of the cluster, or not any more";
    assert_eq!(reasons(), [refusal]);

    asked.allow(None);
    ask_until_answered(&asks, 2, Lane::Control).await;
    assert_eq!(reasons().len(), 1, "it works");
    asked.allow(Some([7].into()));
    let refused = || asks.stats(Lane::Control).dials_refused() > 20;
    until("it was refused often again", refused).await;
    let ended = "the peer ended it: the caller is not a member of the cluster any more";
    assert_eq!(reasons(), [refusal, ended, refusal]);
}
