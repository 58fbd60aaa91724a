//! Rows of lookups, each beside constant bytes of the same length.

use std::time::Duration;

use acquaint_bench::{Pace, Settings, Workload};
use acquaint_benches::peers::{Postgres, Redis};

use crate::contender::{Heading, Runs, measure};
use crate::node::{Floor, Node};
use crate::options::Options;
use crate::peers::{Peer, postgres_lookups, redis_lookups};
use crate::results::{Part, Row};

/// Connections of all lookups.
pub(crate) const CONNECTIONS: usize = 16;
const HOT_CUSTOMERS: usize = 1_000;
/// Share of the highest rate at which tails are measured.
const STEADY_SHARE: f64 = 0.5;

/// Everything that lookups are measured with.
pub(crate) struct Lookups<'a> {
    pub(crate) options: &'a Options,
    pub(crate) node: &'a Node,
    pub(crate) postgres: &'a Peer<Postgres>,
    pub(crate) redis: &'a Peer<Redis>,
    /// Bytes of the answer about a customer.
    pub(crate) answer_bytes: usize,
}

impl Lookups<'_> {
    pub(crate) fn settings(&self, workload: Workload) -> Settings {
        settings(self.options, workload, CONNECTIONS)
    }

    /// A workload beside the floor of its own answers.
    async fn beside_floor(
        &self,
        (id, title): (&str, &str),
        workload: Workload,
        bytes: usize,
        runs: &mut Runs,
    ) -> Row {
        let profiles = self.options.profiles;
        let floor = Floor::start(bytes, profiles);
        let of_floor = match workload {
            // Nothing is written to the floor: the same lookups without changes.
            Workload::MidConversation => Workload::LookupHot,
            other => other,
        };
        let mut contenders = vec![
            self.node.runs(self.settings(workload)),
            floor.runs(self.settings(of_floor)),
        ];
        let customers = match workload {
            Workload::LookupHot => Some(HOT_CUSTOMERS.min(profiles)),
            Workload::LookupUniform => Some(profiles),
            _ => None,
        };
        if let Some(customers) = customers {
            contenders.push(redis_lookups(
                self.redis,
                self.options,
                customers,
                CONNECTIONS,
            ));
            contenders.push(postgres_lookups(
                self.postgres,
                self.options,
                customers,
                CONNECTIONS,
            ));
        }
        let unit = match workload {
            Workload::LookupBatch => "profiles/s",
            _ => "lookups/s",
        };
        let heading = Heading {
            id,
            part: Part::Lookups,
            title,
            unit,
            connections: CONNECTIONS,
        };
        measure(heading, contenders, self.options.rounds, runs).await
    }

    /// Lookups of 1,000 customers.
    pub(crate) async fn hot(&self, runs: &mut Runs) -> Row {
        let names = ("lookup-hot", "1,000 customers by login");
        self.beside_floor(names, Workload::LookupHot, self.answer_bytes, runs)
            .await
    }

    /// Lookups of customers that changed since the last lookup.
    pub(crate) async fn mid_conversation(&self, runs: &mut Runs) -> Result<Row, String> {
        let bytes = self.node.answer_bytes(&self.node.talker_lookups()).await?;
        let names = (
            "mid-conversation",
            "customers with nine anchors, each changed since its last lookup",
        );
        Ok(self
            .beside_floor(names, Workload::MidConversation, bytes, runs)
            .await)
    }

    /// All rows of lookups.
    pub(crate) async fn rows(&self, runs: &mut Runs) -> Result<Vec<Row>, String> {
        let mut rows = vec![self.hot(runs).await];
        for (id, title, workload) in [
            (
                "lookup-profile-id",
                "1,000 customers by profile id",
                Workload::LookupProfileId,
            ),
            (
                "lookup-strong",
                "1,000 customers, consistency=strong",
                Workload::LookupStrong,
            ),
            ("lookup-zipf", "all customers, Zipf", Workload::LookupZipf),
            (
                "lookup-uniform",
                "all customers, uniform",
                Workload::LookupUniform,
            ),
        ] {
            rows.push(
                self.beside_floor((id, title), workload, self.answer_bytes, runs)
                    .await,
            );
        }
        let target = &self.node.target;
        let keys = (0..100).map(|number| acquaint_bench::Customer { number }.key());
        let batch = target.lookup_many(&keys.collect::<Vec<_>>());
        let bytes = self.node.answer_bytes(&[batch]).await?;
        let names = ("lookup-batch", "all customers, 100 in a request");
        rows.push(
            self.beside_floor(names, Workload::LookupBatch, bytes, runs)
                .await,
        );
        let timelines = self.node.customer_lookups("/timeline?limit=20");
        let bytes = self.node.answer_bytes(&timelines).await?;
        let names = ("timeline", "latest interactions of all customers, Zipf");
        rows.push(
            self.beside_floor(names, Workload::Timeline, bytes, runs)
                .await,
        );
        rows.push(self.mid_conversation(runs).await?);
        Ok(rows)
    }

    /// Lookups at half of the highest rate, for the tail.
    pub(crate) async fn at_a_rate(&self, full: &Row, runs: &mut Runs) -> Option<Row> {
        let highest = full.node.series()?.rate.median;
        let rate = (highest * STEADY_SHARE).round();
        let settings = Settings {
            pace: Pace::Rate(rate),
            ..self.settings(Workload::LookupHot)
        };
        let floor = Floor::start(self.answer_bytes, self.options.profiles);
        let contenders = vec![self.node.runs(settings.clone()), floor.runs(settings)];
        let title = format!("1,000 customers by login, {rate:.0}/s asked (half of full speed)");
        let heading = Heading {
            id: "rate-lookup-hot",
            part: Part::Rates,
            title: &title,
            unit: "lookups/s",
            connections: CONNECTIONS,
        };
        Some(measure(heading, contenders, self.options.rounds, runs).await)
    }
}

/// A run at full speed.
pub(crate) fn settings(options: &Options, workload: Workload, connections: usize) -> Settings {
    Settings {
        connections,
        warm_up: options.warm_up.max(Duration::from_millis(100)),
        time: options.time,
        profiles: Some(options.profiles),
        ..Settings::new(workload, 0)
    }
}

/// Lookups of all customers with a cache much smaller than the store.
pub(crate) async fn cold(options: &Options, node: &Node, bytes: usize, runs: &mut Runs) -> Row {
    let floor = Floor::start(bytes, options.profiles);
    let settings = settings(options, Workload::LookupUniform, CONNECTIONS);
    let contenders = vec![node.runs(settings.clone()), floor.runs(settings)];
    let heading = Heading {
        id: "lookup-uniform-small-cache",
        part: Part::Lookups,
        title: "all customers, uniform, after a restart with a cache of 8 MiB",
        unit: "lookups/s",
        connections: CONNECTIONS,
    };
    measure(heading, contenders, options.rounds, runs).await
}
