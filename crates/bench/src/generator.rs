//! The requests of one connection of a workload, without an end.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::customers::{Customer, Talker};
use crate::zipf::Zipf;
use crate::{Expect, HttpOperation, Ingest, Kind, Target, Work, Workload};

/// Customers of hot lookups.
const HOT_CUSTOMERS: usize = 1_000;
/// Interactions on a page of a timeline.
const TIMELINE_LIMIT: usize = 20;

/// Keys of the customers that a workload refers to.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Customers of the population, numbered from zero.
    pub customers: usize,
    /// Customers with nine anchors.
    pub talkers: usize,
    /// Profile ids of the first customers.
    pub profile_ids: Arc<Vec<String>>,
}

impl Keys {
    /// Customers of hot lookups.
    pub(crate) fn hot(&self) -> usize {
        self.customers.min(HOT_CUSTOMERS)
    }
}

/// The requests of one connection.
#[derive(Debug)]
pub struct Generator {
    workload: Workload,
    target: Arc<Target>,
    keys: Keys,
    batch: usize,
    run: u64,
    connection: usize,
    connections: usize,
    dice: ChaCha8Rng,
    zipf: Zipf,
    ingest: Ingest,
    count: u64,
}

/// The part of a generator that is the same for all connections.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) workload: Workload,
    pub(crate) target: Arc<Target>,
    pub(crate) keys: Keys,
    pub(crate) batch: usize,
    pub(crate) seed: u64,
    pub(crate) run: u64,
    pub(crate) connections: usize,
}

impl Generator {
    pub(crate) fn new(common: &Common, connection: usize) -> Self {
        let Common {
            keys, run, seed, ..
        } = common;
        let kind = match common.workload {
            Workload::IngestNew => Kind::New,
            Workload::IngestMerge => Kind::Merge,
            Workload::IngestOmnichannel => Kind::Omnichannel,
            _ => Kind::Known(keys.customers),
        };
        Self {
            workload: common.workload,
            target: Arc::clone(&common.target),
            keys: keys.clone(),
            batch: common.batch,
            run: *run,
            connection,
            connections: common.connections,
            dice: ChaCha8Rng::seed_from_u64(seed ^ (connection as u64) << 32),
            zipf: Zipf::new(keys.customers),
            ingest: Ingest::new(kind, *seed, *run, connection),
            count: 0,
        }
    }

    /// The next request.
    pub fn work(&mut self) -> Work<HttpOperation> {
        match self.workload {
            Workload::LookupHot => self.lookup_hot(""),
            Workload::LookupStrong => self.lookup_hot("?consistency=strong"),
            Workload::LookupZipf => self.lookup_zipf(""),
            Workload::Timeline => self.lookup_zipf(&format!("/timeline?limit={TIMELINE_LIMIT}")),
            Workload::LookupUniform => {
                let number = self.customer();
                self.lookup(&Customer { number }.key(), "")
            }
            Workload::LookupProfileId => self.lookup_profile_id(),
            Workload::LookupBatch => self.lookup_batch(),
            Workload::IngestOmnichannel => self.ingest(self.batch, Expect::Taken),
            Workload::IngestNew | Workload::IngestKnown | Workload::IngestMerge => {
                self.ingest(self.batch, Expect::Accepted)
            }
            Workload::Mixed95 => self.mixed(5),
            Workload::Mixed50 => self.mixed(50),
            Workload::MidConversation => self.mid_conversation(),
        }
    }

    fn customer(&mut self) -> usize {
        self.dice.random_range(0..self.keys.customers.max(1))
    }

    fn lookup(&self, key: &str, rest: &str) -> Work<HttpOperation> {
        let request = self.target.get(&format!("/v1/profiles/{key}{rest}"));
        Work::one(HttpOperation::new(request, Expect::Anything))
    }

    fn lookup_hot(&mut self, rest: &str) -> Work<HttpOperation> {
        let number = self.dice.random_range(0..self.keys.hot().max(1));
        self.lookup(&Customer { number }.key(), rest)
    }

    fn lookup_zipf(&mut self, rest: &str) -> Work<HttpOperation> {
        let number = self.zipf.draw(&mut self.dice);
        self.lookup(&Customer { number }.key(), rest)
    }

    fn lookup_profile_id(&mut self) -> Work<HttpOperation> {
        let number = self
            .dice
            .random_range(0..self.keys.profile_ids.len().max(1));
        let id = self.keys.profile_ids.get(number);
        self.lookup(id.map_or("", String::as_str), "")
    }

    fn lookup_batch(&mut self) -> Work<HttpOperation> {
        let keys = (0..self.batch).map(|_| self.customer());
        let keys: Vec<String> = keys.map(|number| Customer { number }.key()).collect();
        let request = self.target.lookup_many(&keys);
        Work {
            operation: HttpOperation::new(request, Expect::Profiles),
            items: keys.len() as u64,
        }
    }

    fn ingest(&mut self, messages: usize, expect: Expect) -> Work<HttpOperation> {
        let request = self.target.ingest(&self.ingest.batch(messages));
        Work {
            operation: HttpOperation::new(request, expect),
            items: messages as u64,
        }
    }

    fn mixed(&mut self, writes_percent: u32) -> Work<HttpOperation> {
        if self.dice.random_range(0..100) < writes_percent {
            return self.ingest(1, Expect::Accepted);
        }
        let number = self.customer();
        self.lookup(&Customer { number }.key(), "")
    }

    /// A message of a customer, then the lookup. Each connection has customers of its own.
    fn mid_conversation(&mut self) -> Work<HttpOperation> {
        let own = talkers_of(self.keys.talkers, self.connections, self.connection).max(1) as u64;
        let (turn, place) = (self.count / own, self.count % own);
        self.count += 1;
        let number = place as usize * self.connections + self.connection;
        let talker = Talker { number };
        let mut work = self.lookup(&talker.key(), "");
        work.operation.before = Some(self.target.ingest(&[talker.says(self.run, turn)]));
        work
    }
}

/// Customers with nine anchors that a connection writes about.
pub(crate) fn talkers_of(talkers: usize, connections: usize, connection: usize) -> usize {
    (talkers + connections - 1 - connection.min(connections - 1)) / connections
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn common(workload: Workload) -> Common {
        let node = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
        Common {
            workload,
            target: Arc::new(Target::new(vec![node], Some("t".into()), Some("w".into()))),
            keys: Keys {
                customers: 100,
                talkers: 10,
                profile_ids: Arc::new(vec!["pf_a".into(), "pf_b".into()]),
            },
            batch: workload.batch(),
            seed: 1,
            run: 2,
            connections: 4,
        }
    }

    fn requests(workload: Workload, seed: u64, connection: usize) -> Vec<String> {
        let common = Common {
            seed,
            ..common(workload)
        };
        let mut generator = Generator::new(&common, connection);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
        let one = |_| text(generator.work().operation.request);
        (0..60).map(one).collect()
    }

    #[test]
    fn workloads_are_deterministic_by_seed() {
        for workload in Workload::ALL {
            assert_eq!(
                requests(workload, 1, 0),
                requests(workload, 1, 0),
                "{workload}"
            );
            assert_ne!(
                requests(workload, 1, 0),
                requests(workload, 1, 1),
                "{workload}"
            );
            if workload != Workload::MidConversation {
                assert_ne!(
                    requests(workload, 1, 0),
                    requests(workload, 2, 0),
                    "{workload}"
                );
            }
        }
    }

    #[test]
    fn requests_are_of_their_kind() {
        let starts = |workload, start: &str| {
            let all = requests(workload, 1, 0);
            assert!(
                all.iter().all(|one| one.starts_with(start)),
                "{workload}: {}",
                all[0]
            );
        };
        starts(Workload::LookupHot, "GET /v1/profiles/user_id:user-");
        starts(Workload::LookupProfileId, "GET /v1/profiles/pf_");
        starts(Workload::LookupBatch, "POST /v1/profiles/lookup HTTP");
        starts(Workload::IngestMerge, "POST /v1/batch HTTP");
        starts(
            Workload::MidConversation,
            "GET /v1/profiles/user_id:talker-",
        );
        let strong = requests(Workload::LookupStrong, 1, 0);
        assert!(strong[0].contains("?consistency=strong HTTP"));
        let writes = requests(Workload::Mixed50, 1, 0);
        let writes = writes.iter().filter(|one| one.starts_with("POST")).count();
        assert!((15..45).contains(&writes), "{writes}");
    }

    #[test]
    fn a_conversation_changes_the_customer_it_looks_up() {
        let common = common(Workload::MidConversation);
        let mut seen = BTreeSet::new();
        for connection in 0..4 {
            let own = talkers_of(10, 4, connection);
            let mut generator = Generator::new(&common, connection);
            for _ in 0..own {
                let operation = generator.work().operation;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let before = text(operation.before.as_deref().unwrap_or_default());
                let looked_up = text(&operation.request);
                let user = looked_up
                    .split([':', ' '])
                    .nth(2)
                    .unwrap_or_default()
                    .to_owned();
                assert!(before.contains(&format!("\"{user}\"")), "{before} {user}");
                assert!(seen.insert(user), "{looked_up}");
            }
        }
        assert_eq!(seen.len(), 10, "every customer is one connection's");
    }
}
