//! Loads a population. Safe to run twice, and to run again for a larger one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::customers::{ANCHORS, Customer, Talker};
use crate::{BenchError, HttpSession, Message, Population, Target};

const CONNECTIONS: usize = 8;
const BATCH_MESSAGES: usize = 500;
/// A busy node is asked again this often.
const ATTEMPTS_MAX: usize = 200;
const PAUSE: Duration = Duration::from_millis(100);

/// The result of loading.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// Messages sent, including those that the store had already.
    pub messages: usize,
    /// Time it took.
    pub took: Duration,
    /// Anchors of a customer that conversations are about, as the node reports them.
    pub anchors: usize,
}

/// Loads the customers and writes the record of the population last.
///
/// # Errors
/// A node refuses, or the store holds a population of another seed.
pub async fn load(target: &Target, population: Population) -> Result<Loaded, BenchError> {
    let begun = Instant::now();
    let mut session = HttpSession::new(target.node_of(0));
    let found = Population::find(&mut session, target).await?;
    let first = match found {
        Some(found) if found.seed != population.seed => {
            let text = format!(
                "the store holds one of seed {} and not {}",
                found.seed, population.seed
            );
            return Err(BenchError::Load(text));
        }
        Some(found) => found,
        None => Population {
            profiles: 0,
            talkers: 0,
            seed: population.seed,
        },
    };
    let messages = send_all(target, first, population).await?;
    let whole = Population {
        profiles: population.profiles.max(first.profiles),
        talkers: population.talkers.max(first.talkers),
        ..population
    };
    let record = target.ingest_json(&json!([whole.message()]));
    send(&mut session, &record).await?;
    let anchors = match whole.talkers {
        0 => 0,
        talkers => anchors(&mut session, target, talkers - 1).await?,
    };
    Ok(Loaded {
        messages: messages + 1,
        took: begun.elapsed(),
        anchors,
    })
}

/// Sends the messages of all customers that are not there yet.
async fn send_all(
    target: &Target,
    first: Population,
    population: Population,
) -> Result<usize, BenchError> {
    let new = population.profiles.saturating_sub(first.profiles);
    let all = new + population.talkers.saturating_sub(first.talkers);
    let (next, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (next, sent, target) = (Arc::clone(&next), Arc::clone(&sent), target.clone());
        tasks.spawn(async move {
            let mut session = HttpSession::new(target.node_of(connection));
            let messages_of = |place: usize| match place.checked_sub(new) {
                None => Customer {
                    number: first.profiles + place,
                }
                .messages(population.seed),
                Some(place) => Talker {
                    number: first.talkers + place,
                }
                .messages(),
            };
            let mut waiting: Vec<Message> = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let is_over = place >= all;
                if !is_over {
                    waiting.extend(messages_of(place));
                }
                if waiting.len() >= BATCH_MESSAGES || (is_over && !waiting.is_empty()) {
                    send(&mut session, &target.ingest(&waiting)).await?;
                    sent.fetch_add(waiting.len(), Ordering::Relaxed);
                    waiting.clear();
                }
                if is_over {
                    return Ok::<_, BenchError>(());
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(sent.load(Ordering::Relaxed))
}

/// Sends a batch until the node takes it.
async fn send(session: &mut HttpSession, request: &[u8]) -> Result<(), BenchError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match session.send(request).await {
            Ok(body) if memchr::memmem::find(&body, br#""verdict":"rejected""#).is_some() => {
                let text = String::from_utf8_lossy(&body).chars().take(400).collect();
                return Err(BenchError::Load(text));
            }
            Ok(_) => return Ok(()),
            Err(BenchError::Refused {
                status: 429 | 503, ..
            }) if attempts < ATTEMPTS_MAX => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The anchors of a customer that conversations are about. A different number means that
/// conversations would measure something else.
async fn anchors(
    session: &mut HttpSession,
    target: &Target,
    number: usize,
) -> Result<usize, BenchError> {
    let key = Talker { number }.key();
    let body = session
        .send(&target.get(&format!("/v1/profiles/{key}/identifiers")))
        .await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let identifiers = answer["identifiers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let is_anchor = |identifier: &&Value| identifier["anchor"] == true;
    let anchors = identifiers.iter().filter(is_anchor).count();
    if anchors != ANCHORS {
        let text = format!("{key} has {anchors} anchors in place of {ANCHORS}: {answer}");
        return Err(BenchError::Load(text));
    }
    Ok(anchors)
}
