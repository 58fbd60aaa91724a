//! Messages to send: new people, known people, people that merge, eight channels.
//!
//! - Message ids carry the run and the connection, so that no two runs on one store share one.
//! - The same seed, run and connection give the same messages.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Message;
use crate::customers::{Customer, mixed, time, uuid};
use crate::message::{Properties, Traits};
use crate::mix::Mix;

/// The people that messages are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each message brings a new person with a login and an address.
    New,
    /// Customers of the population, so many.
    Known(usize),
    /// Every third message joins two profiles.
    Merge,
    /// Eight channels.
    Omnichannel,
}

/// The messages of one connection, without an end.
#[derive(Debug)]
pub struct Ingest {
    kind: Kind,
    run: u64,
    connection: usize,
    dice: ChaCha8Rng,
    count: u64,
    mix: Mix,
}

impl Ingest {
    /// The messages of a connection in a run.
    pub fn new(kind: Kind, seed: u64, run: u64, connection: usize) -> Self {
        let stream = seed ^ run.rotate_left(24) ^ (connection as u64) << 48;
        Self {
            kind,
            run,
            connection,
            dice: ChaCha8Rng::seed_from_u64(stream),
            count: 0,
            mix: Mix::new(run, connection),
        }
    }

    /// The next messages.
    pub fn batch(&mut self, messages: usize) -> Vec<Message> {
        (0..messages).map(|_| self.message()).collect()
    }

    /// The next message.
    pub fn message(&mut self) -> Message {
        let count = self.count;
        self.count += 1;
        let id = format!("{}-{}-{count}", self.run, self.connection);
        match self.kind {
            Kind::New => self.new_person(id),
            Kind::Known(customers) => self.known_person(id, customers),
            Kind::Merge => self.merging(id, count),
            Kind::Omnichannel => self.mix.message(id, &mut self.dice),
        }
    }

    fn new_person(&mut self, id: String) -> Message {
        let user = format!("new-{id}");
        let time = time(self.dice.random_range(0..300), 30_000);
        let traits = Traits {
            email: Some(format!("{user}@example.com")),
            first_name: Some("Nora"),
            city: Some("Trento"),
            ..Traits::default()
        };
        Message::new("identify", "web", id, time)
            .user(user)
            .traits(traits)
    }

    fn known_person(&mut self, id: String, customers: usize) -> Message {
        let number = self.dice.random_range(0..customers.max(1));
        let time = time(self.dice.random_range(0..300), 30_000);
        let properties = Properties {
            sku: Some(format!("sku-{}", self.dice.random_range(0..500))),
            ..Properties::default()
        };
        Message::new("track", "web", id, time)
            .user(Customer { number }.user())
            .event("Product Viewed")
            .properties(properties)
    }

    /// Two browsers of strangers, then the login that joins them: a profile of three, message by
    /// message.
    fn merging(&mut self, id: String, count: u64) -> Message {
        let person = mixed([self.run, self.connection as u64, count / 3]);
        let name = format!("merge-{}-{}-{}", self.run, self.connection, count / 3);
        let time = time(self.dice.random_range(0..300), 30_000);
        let browser = uuid(7, person);
        match count % 3 {
            0 => Message::new("page", "web", id, time)
                .anonymous(browser)
                .named("Pricing"),
            1 => Message::new("identify", "web", id, time)
                .user(name.clone())
                .traits(Traits {
                    email: Some(format!("{name}@example.com")),
                    first_name: Some("Nora"),
                    ..Traits::default()
                }),
            _ => Message::new("page", "web", id, time)
                .user(name)
                .anonymous(browser)
                .named("Account"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const KINDS: [Kind; 4] = [Kind::New, Kind::Known(50), Kind::Merge, Kind::Omnichannel];

    #[test]
    fn seed_run_and_connection_decide() {
        for kind in KINDS {
            let batch = |seed, run, connection| Ingest::new(kind, seed, run, connection).batch(50);
            assert_eq!(batch(1, 2, 3), batch(1, 2, 3), "{kind:?}");
            assert_ne!(batch(1, 2, 3), batch(2, 2, 3), "{kind:?}");
            assert_ne!(batch(1, 2, 3), batch(1, 2, 4), "{kind:?}");
        }
    }

    #[test]
    fn message_ids_are_unique_between_runs_and_connections() {
        for kind in [Kind::New, Kind::Known(50), Kind::Merge] {
            let mut ids = BTreeSet::new();
            for (run, connection) in [(1, 0), (1, 1), (2, 0), (2, 1)] {
                let batch = Ingest::new(kind, 1, run, connection).batch(100);
                ids.extend(batch.into_iter().map(|message| message.message_id));
            }
            assert_eq!(ids.len(), 400, "{kind:?}");
        }
    }

    #[test]
    fn every_third_message_joins_a_browser_and_a_login() {
        let batch = Ingest::new(Kind::Merge, 1, 1, 1).batch(30);
        for three in batch.chunks(3) {
            let (browser, login) = (&three[0].anonymous_id, &three[1].user_id);
            assert!(three[0].user_id.is_none() && three[1].anonymous_id.is_none());
            assert_eq!(
                (&three[2].anonymous_id, &three[2].user_id),
                (browser, login)
            );
        }
        let browsers: BTreeSet<_> = batch
            .iter()
            .filter_map(|one| one.anonymous_id.as_ref())
            .collect();
        assert_eq!(browsers.len(), 10);
    }
}
