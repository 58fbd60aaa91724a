//! The population: customers by number, the same in every run.
//!
//! - A [`Customer`] has three identifiers and four interactions under one anchor.
//! - A [`Talker`] has nine anchors: a login, two addresses, a telephone, a device and four
//!   browsers, each with interactions of its own. It stands for a customer of several years, and
//!   for conversations, in which the profile changes between two lookups.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::message::{Device, Message, Properties, Traits};

/// Anchors of a [`Talker`].
pub const ANCHORS: usize = 1 + EMAILS + 1 + 1 + BROWSERS;

const EMAILS: usize = 2;
const BROWSERS: usize = 4;
/// Interactions under each anchor other than the login.
const VISITS: usize = 2;

const FIRST_NAMES: [&str; 8] = [
    "Ada", "Grace", "Alan", "Edith", "Kurt", "Emmy", "Tony", "Barbara",
];
const CITIES: [&str; 6] = ["Turin", "Lyon", "Graz", "Porto", "Ghent", "Malmo"];
const PLANS: [&str; 3] = ["gold", "silver", "basic"];

/// The begin of the year 2025 in milliseconds since 1970.
const YEAR_MILLIS: i64 = 1_735_689_600_000;
const DAY_MILLIS: i64 = 86_400_000;

/// A second of a day since the begin of 2025, in milliseconds since 1970.
pub(crate) fn time(day: usize, second: usize) -> i64 {
    let [day, second] = [day % 330, second].map(|number| i64::try_from(number).unwrap_or(0));
    YEAR_MILLIS + day * DAY_MILLIS + second * 1_000
}

/// A number in the form of a UUID, different for each kind and number.
pub(crate) fn uuid(kind: u16, number: u64) -> String {
    // Multiplying by an odd number only changes the order of numbers.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (high, low) = (mixed >> 32, mixed & 0xffff_ffff);
    format!("{high:08x}-{kind:04x}-4000-8000-{low:012x}")
}

/// One number for several, as good as random.
pub(crate) fn mixed(numbers: [u64; 3]) -> u64 {
    numbers.into_iter().fold(0, |sum, number| {
        let sum = (sum ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let sum = (sum ^ sum >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let sum = (sum ^ sum >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        sum ^ sum >> 31
    })
}

/// A customer of the population.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// From zero.
    pub number: usize,
}

impl Customer {
    /// The login.
    pub fn user(self) -> String {
        format!("user-{}", self.number)
    }

    /// The key of a lookup.
    pub fn key(self) -> String {
        format!("user_id:user-{}", self.number)
    }

    /// All messages, drawn from the seed of the population.
    pub fn messages(self, seed: u64) -> Vec<Message> {
        let number = self.number;
        let mut dice = ChaCha8Rng::seed_from_u64(seed ^ (number as u64) << 20);
        let user = self.user();
        let browser = uuid(1, number as u64);
        let day = dice.random_range(0..300);
        let message = |kind, channel, place: usize| {
            let id = format!("load-{number}-{place}");
            Message::new(kind, channel, id, time(day + place, 32_400 + place)).user(user.clone())
        };
        vec![
            message("identify", "web", 0).traits(Traits {
                email: Some(format!("{user}@example.com")),
                first_name: Some(FIRST_NAMES[dice.random_range(0..FIRST_NAMES.len())]),
                city: Some(CITIES[dice.random_range(0..CITIES.len())]),
                plan: Some(PLANS[dice.random_range(0..PLANS.len())]),
                ..Traits::default()
            }),
            message("track", "web", 1)
                .event("Order Completed")
                .properties(Properties {
                    order_id: Some(format!("order-{number}")),
                    revenue: Some(f64::from(dice.random_range(500..20_000)) / 100.0),
                    currency: Some("EUR"),
                    ..Properties::default()
                }),
            message("page", "web", 2)
                .named("Pricing")
                .anonymous(browser),
            message("track", "app", 3)
                .event("Product Viewed")
                .properties(Properties {
                    sku: Some(format!("sku-{}", dice.random_range(0..500))),
                    ..Properties::default()
                }),
        ]
    }
}

/// A customer with nine anchors.
#[derive(Clone, Copy, Debug)]
pub struct Talker {
    /// From zero.
    pub number: usize,
}

impl Talker {
    /// The login.
    pub fn user(self) -> String {
        format!("talker-{}", self.number)
    }

    /// The key of a lookup.
    pub fn key(self) -> String {
        format!("user_id:talker-{}", self.number)
    }

    fn email(self, place: usize) -> String {
        format!("talker-{}-{place}@example.com", self.number)
    }

    fn phone(self) -> String {
        format!("+1202{:07}", 2_000_001 + self.number * 3)
    }

    fn browser(self, place: usize) -> String {
        uuid(2, (self.number * BROWSERS + place) as u64)
    }

    fn device(self) -> Device {
        Device {
            id: uuid(3, self.number as u64),
            ..Device::default()
        }
    }

    fn message(self, kind: &'static str, channel: &'static str, place: usize) -> Message {
        let id = format!("load-talker-{}-{place}", self.number);
        Message::new(
            kind,
            channel,
            id,
            time(self.number + place * 5, 36_000 + place),
        )
    }

    /// All messages: what joins the anchors, and the interactions under each.
    pub fn messages(self) -> Vec<Message> {
        let (user, number) = (self.user(), self.number);
        let installation = uuid(4, number as u64);
        let first_name = Some(FIRST_NAMES[number % FIRST_NAMES.len()]);
        let mut messages = Vec::new();
        let joins = |messages: &[Message], kind, channel| {
            self.message(kind, channel, messages.len())
                .user(user.clone())
        };
        for place in 0..EMAILS {
            let message = joins(&messages, "identify", "web").traits(Traits {
                email: Some(self.email(place)),
                first_name,
                ..Traits::default()
            });
            messages.push(message);
        }
        let message = joins(&messages, "identify", "call").traits(Traits {
            phone: Some(self.phone()),
            first_name,
            ..Traits::default()
        });
        messages.push(message);
        let message = joins(&messages, "screen", "app");
        messages.push(
            message
                .anonymous(installation.clone())
                .device(self.device())
                .named("Home"),
        );
        for place in 0..BROWSERS {
            let message = joins(&messages, "page", "web");
            messages.push(message.anonymous(self.browser(place)).named("Account"));
        }
        for _ in 0..VISITS {
            messages.extend(self.visits(messages.len(), &installation));
        }
        messages
    }

    /// One interaction under each anchor other than the login.
    fn visits(self, from: usize, installation: &str) -> Vec<Message> {
        let mut visits = Vec::new();
        let place = |visits: &[Message]| from + visits.len();
        for each in 0..EMAILS {
            let sender = uuid(5, (self.number * EMAILS + each) as u64);
            let message = self
                .message("track", "email", place(&visits))
                .event("Email Opened");
            visits.push(
                message
                    .anonymous(sender)
                    .external("email", self.email(each)),
            );
        }
        let caller = uuid(6, self.number as u64);
        let message = self
            .message("track", "call", place(&visits))
            .event("Call Received");
        visits.push(message.anonymous(caller).external("phone", self.phone()));
        let message = self
            .message("screen", "app", place(&visits))
            .named("Catalogue");
        visits.push(message.anonymous(installation).device(self.device()));
        for each in 0..BROWSERS {
            let message = self.message("page", "web", place(&visits)).named("Pricing");
            visits.push(message.anonymous(self.browser(each)));
        }
        visits
    }

    /// The next message of a conversation; it changes the sum of one of the anchors.
    pub fn says(self, run: u64, count: u64) -> Message {
        let id = format!("say-{run}-{}-{count}", self.number);
        let message = Message::new("track", "chat", id, time(200, 43_200)).event("Message Sent");
        match count % 3 {
            0 => message.user(self.user()),
            1 => {
                message.anonymous(self.browser(usize::try_from(count / 3).unwrap_or(0) % BROWSERS))
            }
            _ => message
                .anonymous(uuid(5, (self.number * EMAILS) as u64))
                .external("email", self.email(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_customer_has_three_identifiers_and_four_interactions() {
        let messages = Customer { number: 7 }.messages(1);
        let identifiers: BTreeSet<_> = messages.iter().flat_map(Message::identifiers).collect();
        assert_eq!((messages.len(), identifiers.len()), (4, 3));
        assert_eq!(messages, Customer { number: 7 }.messages(1));
        assert_ne!(messages, Customer { number: 7 }.messages(2));
    }

    #[test]
    fn a_talker_has_nine_anchors_and_the_login_joins_them() {
        let messages = Talker { number: 3 }.messages();
        let strongest = |message: &Message| {
            let (namespace, value) = message.identifiers()[0];
            (namespace, value.to_owned())
        };
        let anchors: BTreeSet<_> = messages.iter().map(strongest).collect();
        assert_eq!(anchors.len(), ANCHORS);
        let with_login: BTreeSet<_> = messages
            .iter()
            .filter(|message| message.user_id.is_some())
            .flat_map(Message::identifiers)
            .map(|(namespace, value)| (namespace, value.to_owned()))
            .collect();
        assert!(anchors.is_subset(&with_login), "{anchors:?}");
        let ids: BTreeSet<_> = messages.iter().map(|message| &message.message_id).collect();
        assert_eq!(ids.len(), messages.len());
    }

    #[test]
    fn what_a_talker_says_is_under_one_of_the_anchors() {
        let talker = Talker { number: 3 };
        let all = talker.messages();
        let known: BTreeSet<_> = all.iter().flat_map(Message::identifiers).collect();
        for count in 0..12 {
            let said = talker.says(1, count);
            assert!(
                said.identifiers().iter().all(|one| known.contains(one)),
                "{said:?}"
            );
        }
    }

    #[test]
    fn times_are_valid() {
        assert_eq!(time(1, 2), 1_735_776_002_000);
        assert_eq!(uuid(1, u64::MAX).len(), 36);
        assert_ne!(mixed([1, 2, 3]), mixed([2, 1, 3]));
    }
}
