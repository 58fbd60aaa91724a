//! What a node does about a disk that is full or a store that is damaged.
//!
//! - Below the watermark writes are refused with `disk_low` and reads go on; with room
//!   again, writes go on too.
//! - A store that was damaged while the node was down is never served as if it were whole:
//!   the node ends with an error that names it, or answers what was there before.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acquaint_tests::{Import, Server, ServerOptions, WRITE_KEY_SERVER, import};
use serde_json::{Value, json};

const MESSAGES: usize = 600;
const BY_100: Import = Import {
    batch_messages: 100,
    in_flight: 2,
};

fn messages() -> Vec<Value> {
    let message = |number: usize| {
        json!({
            "type": "track", "event": "Counted", "userId": format!("u-{}", number % 50),
            "messageId": format!("m-{number}"), "timestamp": "2026-02-01T10:00:00.000Z",
            "properties": { "text": "a line of some length, so that the store has something to keep" },
        })
    };
    (0..MESSAGES).map(message).collect()
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_serves_reads() {
    let mut server = Server::start(&ServerOptions::default()).await;
    import(&server, &messages(), BY_100).await;
    let before = server.export().await;
    assert!(server.stop().await.success(), "{}", server.log());

    server.configure(&ServerOptions {
        disk_free_bytes_min: 1 << 40,
        ..ServerOptions::default()
    });
    server.restart().await;
    let track = json!({"userId": "u-new", "event": "Refused", "messageId": "refused"});
    let refused = server
        .http()
        .post(server.url("/v1/track"))
        .basic_auth(WRITE_KEY_SERVER, Some(""))
        .json(&track)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status().as_u16(), 503);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "disk_low", "{body}");
    assert_eq!(
        server.get("/v1/profiles/user_id:u-1").await.0,
        200,
        "reads go on"
    );
    assert!(server.stop().await.success(), "{}", server.log());

    server.configure(&ServerOptions::default());
    server.restart().await;
    assert!(
        before == server.export().await,
        "nothing of the refused message is left"
    );
    let one = [json!({"type": "track", "userId": "u-new", "event": "Taken"})];
    assert_eq!(import(&server, &one, BY_100).await, ["accepted"]);
    server.assert_no_panic();
}

/// Files of the store whose name has one of these beginnings or ends.
fn files(data_dir: &Path, matches: fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data_dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if matches(&name) && path.metadata().unwrap().len() > 0 {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Turns over the bits of a stretch in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    let end = (middle + 64).min(bytes.len());
    for byte in &mut bytes[middle..end] {
        *byte = !*byte;
    }
    std::fs::write(path, bytes).unwrap();
}

/// Starts on a damaged store: an error that says what is wrong, or the answers of before.
async fn is_refused_or_whole(matches: fn(&str) -> bool, what: &str) {
    let mut server = Server::start(&ServerOptions::default()).await;
    import(&server, &messages(), BY_100).await;
    // A second life, so that the first one's rows lie in table files.
    assert!(server.stop().await.success(), "{}", server.log());
    server.restart().await;
    let before = server.export().await;
    server.kill_nine();
    let damaged = files(&server.data_dir(), matches);
    assert!(!damaged.is_empty(), "no {what} to damage");
    damaged.iter().for_each(|path| damage(path));

    server.spawn();
    let Some(export) = first_answer(&mut server).await else {
        let status = server.ended().await;
        assert!(!status.success(), "{what}: it ended as if all were well");
        let log = server.log();
        assert!(
            ["corrupt", "is damaged"]
                .iter()
                .any(|word| log.to_lowercase().contains(word)),
            "{what}: the log does not say why:\n{log}"
        );
        server.assert_no_panic();
        println!("{what}: refused to start or stopped");
        return;
    };
    server.assert_no_panic();
    assert!(
        export == before,
        "{what}: served a damaged store as if it were whole"
    );
    println!("{what}: served, whole");
}

/// The export, or `None` when the node refused to start, or stopped when it met the damage.
async fn first_answer(server: &mut Server) -> Option<Vec<u8>> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if server.has_ended() {
            return None;
        }
        if let Some(export) = server.try_export().await {
            return Some(export);
        }
    }
    panic!("neither served nor ended:\n{}", server.log());
}

#[tokio::test]
async fn a_damaged_pointer_to_the_manifest() {
    is_refused_or_whole(|name| name == "CURRENT", "CURRENT").await;
}

#[tokio::test]
async fn a_damaged_manifest() {
    is_refused_or_whole(|name| name.starts_with("MANIFEST-"), "MANIFEST").await;
}

#[tokio::test]
async fn damaged_table_files() {
    is_refused_or_whole(|name| name.ends_with(".sst"), "table files").await;
}

#[tokio::test]
async fn a_damaged_write_ahead_log() {
    let wal = |name: &str| name.ends_with(".log") && name != "server.log";
    is_refused_or_whole(wal, "write-ahead log").await;
}
