//! A call waits as long as it was told to and no longer, and its end is the end of the work on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use acquaint_consensus::{CallError, Lane, Transport};
use bytes::Bytes;
use parking_lot::Mutex;

use crate::nodes::{
    PATIENCE, Wire, ask_until_answered, introduce, options, start, start_echo, unreachable, until,
};

/// Notes that it was dropped.
struct Noted(Arc<Mutex<u32>>);

impl Drop for Noted {
    fn drop(&mut self) {
        *self.0.lock() += 1;
    }
}

#[tokio::test]
async fn a_late_answer_is_not_waited_for_at_either_end() {
    let dropped = Arc::new(Mutex::new(0));
    let noted = dropped.clone();
    let asked = start(options(2), move |_, lane, request| {
        let noted = Noted(noted.clone());
        async move {
            if lane == Lane::Forward {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
            }
            drop(noted);
            request
        }
    })
    .await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());
    ask_until_answered(&asks, 2, Lane::Control).await;
    assert_eq!(*dropped.lock(), 1);

    let within = Duration::from_millis(80);
    let begun = Instant::now();
    let late = asks.call(2, Lane::Forward, Bytes::new(), within).await;
    assert_eq!(
        late,
        Err(CallError::TimedOut {
            to: 2,
            after: within
        })
    );
    assert!((within..within * 10).contains(&begun.elapsed()));
    until("the work on it ends, too", || *dropped.lock() == 2).await;
    assert_eq!(asks.stats(Lane::Forward).connects(), 1);
}

#[tokio::test]
async fn what_could_not_be_sent_in_time_did_not_arrive() {
    // Nobody answers the handshake.
    let asked = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut short = options(1);
    short.dial_timeout = Duration::from_millis(300);
    let asks = start_echo(short).await;
    introduce(&asks, 2, asked.local_addr().unwrap());
    let call = |within| asks.call(2, Lane::Log, Bytes::new(), within);
    let within = Duration::from_millis(50);
    let reason = unreachable(call(within).await.unwrap_err());
    assert_eq!(reason, "the request could not be sent within 50ms");
    let reason = unreachable(call(PATIENCE).await.unwrap_err());
    assert_eq!(reason, "there was no handshake within 300ms");
}

/// Outside the runtime that the transport was made in, by one that has no timers.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_can_be_made_and_waited_for_by_any_thread() {
    let asked = start_echo(options(2)).await;
    let asks = start_echo(options(1)).await;
    let wire = Wire::to(asked.local_addr()).await;
    introduce(&asks, 2, wire.address);
    let thread = std::thread::spawn(move || {
        let request = Bytes::from_static(b"from outside");
        let call = asks.call(2, Lane::Control, request, PATIENCE);
        let without_timers = tokio::runtime::Builder::new_current_thread().build();
        without_timers.unwrap().block_on(call)
    });
    let answer = tokio::task::spawn_blocking(|| thread.join().unwrap()).await;
    assert_eq!(answer.unwrap().unwrap(), "from outside");
}
