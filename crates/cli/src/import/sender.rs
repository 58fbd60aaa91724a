//! Batches to the node: several in flight, sent again while their outcome is unknown.

use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};

use acquaint_api::limits::BATCH_BYTES_MAX;
use acquaint_api::tracking::{Report, VerdictKind};
use acquaint_api::{Client, ClientError};
use anyhow::{Context, bail};
use futures::StreamExt;
use tokio::sync::mpsc;

use super::lines::{Entry, Item, Reject};
use super::{Progress, Rejects};

/// Bytes that the batch has around its messages, generously.
const ENVELOPE_BYTES: usize = 1_024;
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
const BACK_OFF_MAX: Duration = Duration::from_secs(10);
/// Longest wait that a node can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

/// How to send.
pub(crate) struct Options {
    pub(crate) batch_messages_max: usize,
    pub(crate) batches_in_flight_max: usize,
    pub(crate) retries_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch_messages_max: 500,
            batches_in_flight_max: 8,
            retries_max: 10,
        }
    }
}

/// What became of the lines.
#[derive(Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) accepted: u64,
    pub(crate) duplicate: u64,
    pub(crate) rejected: u64,
    pub(crate) retries: u64,
    pub(crate) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rejects_file: Option<PathBuf>,
}

impl Summary {
    pub(crate) fn lines(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected
    }

    pub(crate) fn per_second(&self) -> u64 {
        (self.lines() as f64 / self.seconds.max(0.001)) as u64
    }
}

/// Messages that travel together, and what was rejected while they were gathered.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    bytes: usize,
    rejects: Vec<Reject>,
}

impl Batch {
    fn has_room_for(&self, entry: &Entry, options: &Options) -> bool {
        self.entries.is_empty()
            || (self.entries.len() < options.batch_messages_max
                && self.bytes + entry.json.len() < BATCH_BYTES_MAX - ENVELOPE_BYTES)
    }

    fn push(&mut self, entry: Entry) {
        self.bytes += entry.json.len() + 1;
        self.entries.push(entry);
    }
}

/// A batch with its verdicts.
struct Answered {
    batch: Batch,
    report: Option<Report>,
    retries: u64,
}

/// Sends everything that the source gives and says what became of it.
pub(crate) async fn load(
    client: &Client,
    source: impl Iterator<Item = Item> + Send + 'static,
    options: &Options,
    mut progress: Progress,
    mut rejects: Rejects,
) -> anyhow::Result<Summary> {
    let begun = Instant::now();
    let (sender, receiver) = mpsc::channel(options.batches_in_flight_max);
    let limits = Options { ..*options };
    let reading = tokio::task::spawn_blocking(move || gather(source, &limits, &sender));
    let batches = futures::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|batch| (batch, receiver))
    });
    let answers = batches
        .map(|batch| send(client, batch, options.retries_max))
        .buffer_unordered(options.batches_in_flight_max);
    let mut answers = pin!(answers);
    let mut summary = Summary::default();
    while let Some(answered) = answers.next().await {
        let answered = answered.with_context(|| {
            format!(
                "stopped after {} messages; run the import again, it is safe",
                summary.lines()
            )
        })?;
        let before = summary.lines();
        count(&answered, &mut summary, &mut rejects)?;
        progress.advance(summary.lines() - before);
    }
    reading.await?.context("cannot read the input to its end")?;
    progress.finish();
    summary.seconds = begun.elapsed().as_secs_f64();
    summary.rejects_file = rejects.finish()?;
    Ok(summary)
}

/// Gathers lines into batches until the source ends or nobody listens any more.
fn gather(
    source: impl Iterator<Item = Item>,
    options: &Options,
    sender: &mpsc::Sender<Batch>,
) -> std::io::Result<()> {
    let mut batch = Batch::default();
    for item in source {
        match item? {
            Ok(entry) => {
                if !batch.has_room_for(&entry, options)
                    && sender.blocking_send(std::mem::take(&mut batch)).is_err()
                {
                    return Ok(());
                }
                batch.push(entry);
            }
            Err(reject) => {
                batch.rejects.push(reject);
                // A file of nothing but rejects must not gather in memory.
                if batch.rejects.len() >= options.batch_messages_max
                    && sender.blocking_send(std::mem::take(&mut batch)).is_err()
                {
                    return Ok(());
                }
            }
        }
    }
    // Nobody listens only when the import has failed already.
    let _ = sender.blocking_send(batch);
    Ok(())
}

async fn send(client: &Client, batch: Batch, retries_max: u32) -> Result<Answered, ClientError> {
    if batch.entries.is_empty() {
        return Ok(Answered {
            batch,
            report: None,
            retries: 0,
        });
    }
    let mut retries = 0;
    loop {
        let messages = batch.entries.iter().map(|entry| entry.json.as_str());
        match client.send(messages).await {
            Ok(report) => {
                return Ok(Answered {
                    batch,
                    report: Some(report),
                    retries: retries.into(),
                });
            }
            Err(error) if error.is_retryable() && retries < retries_max => {
                let wait = back_off(retries, error.retry_after());
                retries += 1;
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Doubles from attempt to attempt; a node that says how long to wait is obeyed, within reason.
fn back_off(retries: u32, asked: Option<Duration>) -> Duration {
    let doubled = BACK_OFF_MIN.saturating_mul(1 << retries.min(16));
    match asked {
        Some(asked) => asked.clamp(BACK_OFF_MIN, RETRY_AFTER_MAX),
        None => doubled.min(BACK_OFF_MAX),
    }
}

fn count(answered: &Answered, summary: &mut Summary, rejects: &mut Rejects) -> anyhow::Result<()> {
    for reject in &answered.batch.rejects {
        summary.rejected += 1;
        rejects.write(reject)?;
    }
    summary.retries += answered.retries;
    let Some(report) = &answered.report else {
        return Ok(());
    };
    let entries = &answered.batch.entries;
    if report.verdicts.len() != entries.len() {
        bail!(
            "the node gave {} verdicts on {} messages; is it of this version?",
            report.verdicts.len(),
            entries.len()
        );
    }
    for (entry, verdict) in entries.iter().zip(&report.verdicts) {
        match verdict.verdict {
            VerdictKind::Accepted => summary.accepted += 1,
            VerdictKind::Duplicate => summary.duplicate += 1,
            VerdictKind::Rejected => {
                summary.rejected += 1;
                if let Some(rejection) = verdict.rejection() {
                    let (reason, detail) = (rejection.reason, rejection.detail);
                    rejects.write(&Reject::new(entry.line, reason, detail, &entry.json))?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_api::Position;
    use acquaint_api::tracking::{RejectReason, Rejection, Verdict};

    use super::*;

    fn entry(line: u64, bytes: usize) -> Entry {
        Entry {
            line,
            json: "x".repeat(bytes),
        }
    }

    fn batches(items: Vec<Item>, messages_max: usize) -> Vec<Batch> {
        let (sender, mut receiver) = mpsc::channel(1_000);
        let options = Options {
            batch_messages_max: messages_max,
            ..Options::default()
        };
        gather(items.into_iter(), &options, &sender).unwrap();
        drop(sender);
        std::iter::from_fn(|| receiver.try_recv().ok()).collect()
    }

    #[test]
    fn batches_are_bounded_in_messages_and_bytes() {
        let items = (1..=7).map(|line| Ok(Ok(entry(line, 10)))).collect();
        let sizes: Vec<usize> = batches(items, 3)
            .iter()
            .map(|batch| batch.entries.len())
            .collect();
        assert_eq!(sizes, [3, 3, 1]);
        let items = (1..=40).map(|line| Ok(Ok(entry(line, 32_000)))).collect();
        let gathered = batches(items, 1_000);
        assert!(gathered.iter().all(|batch| batch.bytes < BATCH_BYTES_MAX));
        assert_eq!(
            gathered
                .iter()
                .map(|batch| batch.entries.len())
                .sum::<usize>(),
            40
        );
    }

    #[test]
    fn every_line_ends_as_one_of_three() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rejects");
        let mut rejects = Rejects::new(path.clone());
        let mut batch = Batch::default();
        for line in 1..=3 {
            batch.push(entry(line, 1));
        }
        let detail = "not JSON".to_owned();
        batch
            .rejects
            .push(Reject::new(9, RejectReason::InvalidJson, detail, "{"));
        let rejection = Rejection {
            message_id: None,
            reason: RejectReason::MissingEvent,
            detail: "no event".to_owned(),
        };
        let verdicts = vec![
            Verdict::accepted("a"),
            Verdict::duplicate("b"),
            rejection.into(),
        ];
        let position = Position::default();
        let answered = Answered {
            batch,
            report: Some(Report { verdicts, position }),
            retries: 2,
        };
        let mut summary = Summary::default();
        count(&answered, &mut summary, &mut rejects).unwrap();
        assert_eq!(
            (summary.accepted, summary.duplicate, summary.rejected),
            (1, 1, 2)
        );
        assert_eq!(summary.retries, 2);
        assert_eq!(rejects.finish().unwrap(), Some(path.clone()));
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            written,
            "{\"line\":9,\"reason\":\"invalid_json\",\"detail\":\"not JSON\",\"content\":\"{\"}\n\
             {\"line\":3,\"reason\":\"missing_event\",\"detail\":\"no event\",\"content\":\"x\"}\n"
        );
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        assert_eq!(back_off(0, None), Duration::from_millis(250));
        assert_eq!(back_off(2, None), Duration::from_secs(1));
        assert_eq!(back_off(60, None), BACK_OFF_MAX);
        assert_eq!(
            back_off(0, Some(Duration::from_secs(5))),
            Duration::from_secs(5)
        );
        assert_eq!(back_off(0, Some(Duration::from_secs(500))), RETRY_AFTER_MAX);
    }
}
