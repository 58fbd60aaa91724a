//! A worst day on a real node: everybody uses one kiosk, while others go about their business.
//!
//! - Nothing that the others ask or send is refused or fails, and nobody on the kiosk is glued.
//! - Twenty thousand users by default; `ACQUAINT_KIOSK_USERS` says otherwise.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acquaint_tests::{Import, Server, ServerOptions, import};
use serde_json::{Value, json};

/// A customer who has nothing to do with the kiosk waits at most so long, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

fn users() -> usize {
    match std::env::var("ACQUAINT_KIOSK_USERS") {
        Err(_) => 20_000,
        Ok(text) => text.parse().expect("ACQUAINT_KIOSK_USERS is a number"),
    }
}

/// Every user logs in on the kiosk's device and in its browser; every second one types an address.
fn on_the_kiosk(user: usize) -> Value {
    let mut message = json!({"type": "identify", "messageId": format!("kiosk-{user}"),
        "userId": format!("user-{user}"), "anonymousId": "kiosk-browser",
        "timestamp": format!("2026-05-{:02}T08:00:00Z", 1 + user % 28),
        "context": {"device": {"id": "kiosk-tablet"}}});
    if user.is_multiple_of(2) {
        message["traits"] = json!({"email": format!("user-{user}@shop.example"),
            "firstName": format!("Name{}", user % 100)});
    }
    message
}

/// One customer at home: sends a message, looks the own profile up; again and again until told to stop.
async fn at_home(server: &Server, is_over: &AtomicBool) -> (u32, Duration) {
    let (mut rounds, mut slowest) = (0, Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let message = json!({"type": "track", "event": "Viewed", "messageId": format!("home-{rounds}"),
            "userId": "at-home", "anonymousId": format!("home-browser-{}", rounds % 50),
            "timestamp": "2026-05-01T08:00:00Z"});
        let how = Import {
            batch_messages: 1,
            in_flight: 1,
        };
        let verdicts = import(server, &[message], how).await;
        assert_eq!(verdicts, ["accepted"]);
        let (status, profile) = server.get("/v1/profiles/user_id:at-home").await;
        assert_eq!(status, 200, "{profile}");
        slowest = slowest.max(begun.elapsed());
        rounds += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (rounds, slowest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_disturbs_nobody_and_glues_nobody() {
    let server = Server::start(&ServerOptions::default()).await;
    let messages: Vec<Value> = (0..users()).map(on_the_kiosk).collect();
    let how = Import {
        batch_messages: 100,
        in_flight: 8,
    };
    let is_over = AtomicBool::new(false);
    let kiosk = async {
        let begun = Instant::now();
        let verdicts = import(&server, &messages, how).await;
        is_over.store(true, Ordering::Relaxed);
        (verdicts, begun.elapsed())
    };
    let ((verdicts, elapsed), (rounds, slowest)) = tokio::join!(kiosk, at_home(&server, &is_over));
    println!(
        "{} users on one kiosk in {elapsed:?}; at home {rounds} rounds, the slowest {slowest:?}",
        messages.len()
    );
    assert!(verdicts.iter().all(|verdict| verdict == "accepted"));
    assert!(rounds > 0 && slowest < PATIENCE, "at home: {slowest:?}");

    for user in (0..users()).step_by(users() / 40) {
        let (status, profile) = server
            .get(&format!("/v1/profiles/user_id:user-{user}"))
            .await;
        assert_eq!(status, 200, "user-{user}: {profile}");
        let text = profile.to_string();
        let others = (0..users())
            .step_by(users() / 40)
            .filter(|other| *other != user);
        for other in others {
            assert!(
                !text.contains(&format!("\"user-{other}\"")),
                "user-{user} and user-{other}"
            );
        }
    }
    server.assert_no_panic();
}
