//! Requests of a lane are handled in the order of the calls, each as far as its first pause before the next one begins;
//! answers come in any order.

use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{Lane, Transport};
use bytes::{Buf, Bytes};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use parking_lot::Mutex;

use crate::nodes::{PATIENCE, introduce, options, start, start_echo};

const REQUESTS: u32 = 5_000;

#[derive(Debug, PartialEq, Clone, Copy)]
enum Step {
    Called(u32),
    Polled(u32),
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_handled_in_the_order_of_the_calls() {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = steps.clone();
    let mut few = options(2);
    few.unanswered_requests_max = 37;
    let asked = start(few, move |_, _, mut request: Bytes| {
        let number = request.get_u32();
        seen.lock().push(Step::Called(number));
        let seen = seen.clone();
        async move {
            seen.lock().push(Step::Polled(number));
            // Some answer at once, some later, so that answers overtake each other.
            if !number.is_multiple_of(3) {
                tokio::time::sleep(Duration::from_millis((number % 3).into())).await;
            }
            Bytes::copy_from_slice(&number.to_be_bytes())
        }
    })
    .await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());

    let mut answers = FuturesUnordered::new();
    for number in 0..REQUESTS {
        let request = Bytes::copy_from_slice(&number.to_be_bytes());
        let call = asks.call(2, Lane::Log, request, PATIENCE);
        answers.push(async move { (number, call.await.unwrap().get_u32()) });
        if number % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let mut came = Vec::new();
    while let Some((number, answer)) = answers.next().await {
        assert_eq!(number, answer);
        came.push(number);
    }
    assert!(
        !came.is_sorted(),
        "no answer overtook another: nothing was shown"
    );
    let expected: Vec<_> = (0..REQUESTS)
        .flat_map(|number| [Step::Called(number), Step::Polled(number)])
        .collect();
    assert!(
        *steps.lock() == expected,
        "requests were not handled in order"
    );
}
