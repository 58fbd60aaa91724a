//! What can be asked about customers.
//!
//! Every use case waits for the position it was given, takes one consistent view, and answers from it. A lookup is point
//! reads and short ranges; see [`reading`].

mod changes;
mod chunks;
mod cover;
mod evidence;
mod explain;
mod export;
mod facts;
mod graph;
mod link;
mod lookup;
mod options;
mod owners;
mod parts;
mod reading;
mod render;
mod samples;
pub(crate) mod sum;
mod timeline;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use acquaint_api::profiles::{
    ExplanationBody, FactsBody, GraphBody, IdentifiersBody, ProfileChangesBody, TimelinePage,
};
use acquaint_api::{ErrorCode, ProfileKey};
use acquaint_identity::ProfileView;
use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, channel};

pub use cover::{Covered, ReadAt};
pub use options::{ChangesFrom, LookupOptions, TimelineOptions};
pub(crate) use render::notes;

use crate::config::Scope;
use crate::{Caller, Error, Node};
use chunks::Chunks;
use reading::Reading;

/// How many chunks of an export wait for a slow receiver.
const EXPORT_CHUNKS_MAX: usize = 4;

/// How long a receiver may leave them: an export holds on to all that it may still read.
const EXPORT_STALL_MAX: Duration = Duration::from_secs(60);

impl Node {
    /// The customer known by `key`, as the JSON of a [`ProfileBody`](acquaint_api::profiles::ProfileBody).
    pub async fn lookup(
        &self,
        caller: &Caller,
        key: &ProfileKey,
        options: &LookupOptions,
    ) -> Result<Bytes, Error> {
        if let Some(delay) = test_delay() {
            tokio::time::sleep(delay).await;
        }
        let workspace = self.workspace(caller.workspace)?;
        let reading = Reading::new(self, &workspace)?.naming_sharers(names_sharers(caller));
        lookup::one(&reading, key, options)
    }

    /// The customers known by `keys`, one answer per key, in their order, all from one view: the JSON of a
    /// [`LookupBody`](acquaint_api::profiles::LookupBody).
    pub async fn lookup_many(
        self: &Arc<Self>,
        caller: &Caller,
        keys: Vec<String>,
        options: LookupOptions,
    ) -> Result<Bytes, Error> {
        let workspace = self.workspace(caller.workspace)?;
        let names = names_sharers(caller);
        self.apart(move |node| {
            let reading = Reading::new(node, &workspace)?.naming_sharers(names);
            lookup::many(&reading, &keys, &options)
        })
        .await
    }

    /// A page of a customer's interactions, the latest first.
    pub async fn timeline(
        self: &Arc<Self>,
        caller: &Caller,
        key: ProfileKey,
        options: TimelineOptions,
    ) -> Result<TimelinePage, Error> {
        if options
            .page
            .is_some_and(|page| page.query != timeline::question(&options))
        {
            let message = "the page token belongs to a timeline with other filters: repeat the request without `page`";
            return Err(Error::refused(ErrorCode::InvalidToken, message));
        }
        let workspace = self.workspace(caller.workspace)?;
        let names = names_sharers(caller);
        self.apart(move |node| {
            let reading = Reading::new(node, &workspace)?.naming_sharers(names);
            let view = reading.profile(&key)?;
            let page = timeline_page(&reading, &view, &options)?;
            Ok(TimelinePage {
                id: render::profile_id(view.canonical),
                interactions: page
                    .interactions
                    .iter()
                    .map(|interaction| render::interaction(interaction, true))
                    .collect(),
                next: page.next,
                pending: view.pending,
            })
        })
        .await
    }

    /// Every identifier of a customer.
    pub async fn identifiers(
        &self,
        caller: &Caller,
        key: &ProfileKey,
    ) -> Result<IdentifiersBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        let reading = Reading::new(self, &workspace)?.naming_sharers(names_sharers(caller));
        let view = reading.profile(key)?;
        Ok(IdentifiersBody {
            id: render::profile_id(view.canonical),
            identifiers: render::identifiers(&reading, &view),
            pending: view.pending,
        })
    }

    /// A customer as a graph: what holds the profile together, and what was kept out of it.
    pub async fn graph(
        self: &Arc<Self>,
        caller: &Caller,
        key: ProfileKey,
    ) -> Result<GraphBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        let names = names_sharers(caller);
        self.apart(move |node| {
            let reading = Reading::new(node, &workspace)?.naming_sharers(names);
            graph::graph(&reading, &key)
        })
        .await
    }

    /// Why two identifiers are, or are not, one customer.
    pub async fn explain(
        &self,
        caller: &Caller,
        a: &ProfileKey,
        b: &ProfileKey,
    ) -> Result<ExplanationBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        explain::explain(&Reading::new(self, &workspace)?, a, b)
    }

    /// Which profile ids became which: at most `limit` changes, from a place on.
    pub async fn profile_changes(
        self: &Arc<Self>,
        caller: &Caller,
        from: ChangesFrom,
        limit: usize,
    ) -> Result<ProfileChangesBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        self.apart(move |node| changes::changes(&Reading::new(node, &workspace)?, from, limit))
            .await
    }

    /// The facts of the workspace, in the order they were stated.
    pub async fn list_facts(&self, caller: &Caller) -> Result<FactsBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        facts::list(&Reading::new(self, &workspace)?)
    }

    /// Everything of the workspace as NDJSON in canonical order, in chunks of whole lines. The channel is bounded; dropping
    /// the receiver ends the export.
    pub async fn export(
        self: &Arc<Self>,
        caller: &Caller,
    ) -> Result<Receiver<Result<Bytes, Error>>, Error> {
        self.export_while_read(caller, EXPORT_STALL_MAX)
    }

    /// As `export`, until the receiver has not read for `stall_max`. Whatever cuts an export short is the last thing that
    /// the receiver gets: an end without an error is the end of the whole.
    pub(crate) fn export_while_read(
        self: &Arc<Self>,
        caller: &Caller,
        stall_max: Duration,
    ) -> Result<Receiver<Result<Bytes, Error>>, Error> {
        self.stream(caller, stall_max, |reading, chunks| {
            export::Export::new(reading, chunks).run()
        })
    }

    /// What the partition of the workspace is computed from, as NDJSON, in chunks of whole lines; as `export`.
    pub async fn evidence(
        self: &Arc<Self>,
        caller: &Caller,
    ) -> Result<Receiver<Result<Bytes, Error>>, Error> {
        self.stream(caller, EXPORT_STALL_MAX, |reading, chunks| {
            evidence::write(&reading, chunks)
        })
    }

    fn stream(
        self: &Arc<Self>,
        caller: &Caller,
        stall_max: Duration,
        write: impl FnOnce(Reading<'_>, Chunks<'_>) -> Result<(), Error> + Send + 'static,
    ) -> Result<Receiver<Result<Bytes, Error>>, Error> {
        let workspace = self.workspace(caller.workspace)?;
        let (sender, receiver) = channel(EXPORT_CHUNKS_MAX);
        let last = sender.clone();
        let written = self.apart(move |node| {
            let chunks = Chunks::new(&sender, stall_max);
            write(Reading::new(node, &workspace)?, chunks)
        });
        tokio::spawn(async move {
            if let Err(error) = written.await {
                // Nobody listening is the only way for this to fail, and then nobody misses it.
                let _ = last.send(Err(error)).await;
            }
        });
        Ok(receiver)
    }

    /// Reads on a thread of its own: what may read thousands of rows must not hold up those who wait for a single one.
    fn apart<T, R>(self: &Arc<Self>, read: R) -> impl Future<Output = Result<T, Error>> + use<T, R>
    where
        T: Send + 'static,
        R: FnOnce(&Node) -> Result<T, Error> + Send + 'static,
    {
        let node = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || read(&node));
        async move {
            work.await.unwrap_or_else(|error| {
                Err(Error::Inconsistent(format!("a read broke off: {error}")))
            })
        }
    }
}

/// Whoever reads what operators state about identity may know who shares a thing.
fn names_sharers(caller: &Caller) -> bool {
    caller.may(Scope::FactsRead)
}

fn timeline_page(
    reading: &Reading<'_>,
    view: &ProfileView,
    options: &TimelineOptions,
) -> Result<timeline::Page, Error> {
    timeline::page(reading, &parts::parts(reading, view), options)
}

/// A delay of every lookup, in whole milliseconds, from `ACQUAINT_TEST_LOOKUP_DELAY_MS`: with it a test shows that the
/// benchmarks see a node that has become slower. Read once.
fn test_delay() -> Option<Duration> {
    static DELAY: OnceLock<Option<Duration>> = OnceLock::new();
    *DELAY.get_or_init(|| {
        let text = std::env::var("ACQUAINT_TEST_LOOKUP_DELAY_MS").ok()?;
        text.parse().ok().map(Duration::from_millis)
    })
}
