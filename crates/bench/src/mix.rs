//! Messages of a retailer with eight channels.
//!
//! - Shares of channels, of kinds and of logins are those of a shop with many anonymous visitors:
//!   two thirds web, every third page view after a login.
//! - Browsers are replaced again and again (cookie churn). Devices of shops are used by all
//!   customers. Households share a telephone. Some fields hold placeholders, some messages come
//!   twice and some late.

use rand::Rng;

use crate::Message;
use crate::customers::{mixed, time, uuid};
use crate::message::{Device, Properties, Traits};

/// People of one connection.
const PEOPLE: usize = 500;
/// Devices on the shop floor, shared by all connections.
const TABLETS: u64 = 20;
/// Messages after which a person has another browser.
const COOKIE_MESSAGES: u64 = 12;
const REPEATED_PERCENT: u32 = 3;
const PLACEHOLDER_PERCENT: u32 = 1;
const DAYS: usize = 180;

const PAGES: [&str; 6] = [
    "Home",
    "Pricing",
    "Account",
    "Catalogue",
    "Checkout",
    "Store Locator",
];
const EVENTS: [&str; 6] = [
    "Product Viewed",
    "Product Added",
    "Products Searched",
    "Wishlist Product Added",
    "Coupon Applied",
    "Order Completed",
];
const NAMES: [&str; 8] = [
    "Julia", "Marco", "Anna", "Peter", "Lea", "Tomas", "Ines", "Ravi",
];

#[derive(Debug)]
pub(crate) struct Mix {
    run: u64,
    connection: usize,
    /// Messages so far, by person.
    counts: Vec<u64>,
    last: Option<Message>,
}

/// A person that the next message is about.
struct Person {
    number: u64,
    login: String,
    email: String,
    phone: String,
    browser: String,
    app: Device,
    name: &'static str,
    /// Logged in at this moment.
    known: bool,
}

impl Mix {
    pub(crate) fn new(run: u64, connection: usize) -> Self {
        Self {
            run,
            connection,
            counts: vec![0; PEOPLE],
            last: None,
        }
    }

    /// The next message. `id` is its message id unless it repeats the previous message.
    pub(crate) fn message(&mut self, id: String, dice: &mut impl Rng) -> Message {
        if let Some(last) = self
            .last
            .take_if(|_| dice.random_range(0..100) < REPEATED_PERCENT)
        {
            return last;
        }
        let person = self.person(dice);
        let time = time(dice.random_range(0..DAYS), dice.random_range(0..86_400));
        let message = match dice.random_range(0..1_000) {
            0..615 => web(&person, id, time, dice),
            615..745 => app(&person, id, time, dice),
            745..805 => shop(&person, id, time, dice),
            805..858 => email(&person, id, time, dice),
            858..893 => chat(&person, id, time, dice),
            893..940 => till(&person, id, time, dice),
            940..985 => call(&person, id, time),
            _ => social(&person, id, time),
        };
        self.last = Some(message.clone());
        message
    }

    fn person(&mut self, dice: &mut impl Rng) -> Person {
        let place = dice.random_range(0..PEOPLE);
        let count = self.counts[place];
        self.counts[place] += 1;
        let number_of = |place: usize| mixed([self.run, self.connection as u64, place as u64]);
        let number = number_of(place);
        let phone_of = if place % 10 == 1 {
            number_of(place - 1)
        } else {
            number
        };
        let known = dice.random_range(0..100) < 28;
        let placeholder = dice.random_range(0..100) < PLACEHOLDER_PERCENT;
        Person {
            number,
            login: format!("mix-{number}"),
            email: match placeholder {
                true => "null".to_owned(),
                false => format!("mix-{number}@example.com"),
            },
            phone: format!("+1{:010}", 2_020_000_000 + phone_of % 7_000_000_000),
            browser: uuid(8, mixed([number, count / COOKIE_MESSAGES, 0])),
            app: Device {
                id: uuid(9, number),
                advertising_id: Some(uuid(10, number)),
                ad_tracking_enabled: Some(place % 3 > 0),
            },
            name: NAMES[place % NAMES.len()],
            known,
        }
    }
}

impl Person {
    fn message(
        &self,
        kind: &'static str,
        channel: &'static str,
        id: String,
        time: i64,
        browser: String,
    ) -> Message {
        let message = Message::new(kind, channel, id, time).anonymous(browser);
        match self.known {
            true => message.user(self.login.clone()),
            false => message,
        }
    }

    fn traits(&self, has_phone: bool) -> Traits {
        Traits {
            email: Some(self.email.clone()),
            phone: has_phone.then(|| self.phone.clone()),
            first_name: Some(self.name),
            ..Traits::default()
        }
    }

    /// An anonymous id made of a contact, as senders do who have no other.
    fn contact(&self, kind: u16) -> String {
        uuid(kind, self.number)
    }
}

fn event(message: Message, dice: &mut impl Rng) -> Message {
    let event = EVENTS[dice.random_range(0..EVENTS.len())];
    let message = message.event(event);
    match event {
        "Order Completed" => order(message, dice),
        _ => message.properties(Properties {
            sku: Some(format!("sku-{}", dice.random_range(0..2_000))),
            ..Properties::default()
        }),
    }
}

fn order(message: Message, dice: &mut impl Rng) -> Message {
    let properties = Properties {
        order_id: Some(format!("order-{}", message.message_id)),
        revenue: Some(f64::from(dice.random_range(500..40_000)) / 100.0),
        currency: Some("USD"),
        ..Properties::default()
    };
    message.properties(properties)
}

fn web(person: &Person, id: String, time: i64, dice: &mut impl Rng) -> Message {
    let message = |kind| person.message(kind, "web", id, time, person.browser.clone());
    match dice.random_range(0..100) {
        0..61 => message("page").named(PAGES[dice.random_range(0..PAGES.len())]),
        61..72 => {
            let has_phone = dice.random_range(0..100) < 32;
            message("identify").traits(person.traits(has_phone))
        }
        _ => event(message("track"), dice),
    }
}

fn app(person: &Person, id: String, time: i64, dice: &mut impl Rng) -> Message {
    let installation = person.contact(11);
    let message = |kind| {
        person
            .message(kind, "app", id, time, installation)
            .device(person.app.clone())
    };
    match dice.random_range(0..100) {
        0..50 => message("screen").named(PAGES[dice.random_range(0..PAGES.len())]),
        50..54 => message("identify").traits(person.traits(false)),
        _ => event(message("track"), dice),
    }
}

fn shop(person: &Person, id: String, time: i64, dice: &mut impl Rng) -> Message {
    let tablet = dice.random_range(0..TABLETS);
    let device = Device {
        id: uuid(12, tablet),
        ..Device::default()
    };
    let message = |kind| {
        let message = Message::new(kind, "store", id, time).anonymous(uuid(13, tablet));
        message.device(device)
    };
    match dice.random_range(0..100) {
        0..60 => message("page").named("Kiosk"),
        60..80 => message("identify").traits(person.traits(false)),
        _ => message("track")
            .event("Clienteling Lookup")
            .external("email", person.email.clone()),
    }
}

fn email(person: &Person, id: String, time: i64, dice: &mut impl Rng) -> Message {
    let sender = person.contact(14);
    let message = |kind| Message::new(kind, "email", id, time).anonymous(sender);
    match dice.random_range(0..100) {
        0..74 => message("track")
            .event("Email Opened")
            .external("email", person.email.clone()),
        _ => message("identify").traits(person.traits(false)),
    }
}

fn chat(person: &Person, id: String, time: i64, dice: &mut impl Rng) -> Message {
    let message = |kind| Message::new(kind, "chat", id, time).anonymous(person.browser.clone());
    match dice.random_range(0..2) {
        0 => message("identify").traits(person.traits(false)),
        _ => message("track").event("Chat Started"),
    }
}

fn till(person: &Person, id: String, time: i64, dice: &mut impl Rng) -> Message {
    let receipt = format!("receipt-{id}");
    let message = Message::new("track", "pos", id, time)
        .anonymous(receipt)
        .event("Order Completed");
    let message = order(message, dice);
    match dice.random_range(0..100) {
        0..35 => message,
        35..70 => message.external("loyalty_id", format!("card-{}", person.number)),
        70..85 => message.external("email", person.email.clone()),
        _ => message.external("phone", person.phone.clone()),
    }
}

fn call(person: &Person, id: String, time: i64) -> Message {
    let message = person.message("track", "call", id, time, person.contact(15));
    message
        .event("Call Received")
        .external("phone", person.phone.clone())
}

fn social(person: &Person, id: String, time: i64) -> Message {
    let message = Message::new("track", "social", id, time).anonymous(person.contact(16));
    message
        .event("DM Received")
        .external("social", format!("@mix{}", person.number))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn all_channels_are_there_with_shared_devices_and_repeats() {
        let (mut mix, mut dice) = (Mix::new(3, 1), ChaCha8Rng::seed_from_u64(4));
        let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut ids, mut logins, count) = (Vec::new(), 0, 20_000);
        for number in 0..count {
            let message = mix.message(format!("m-{number}"), &mut dice);
            *channels.entry(message.context.channel).or_default() += 1;
            logins += usize::from(message.user_id.is_some());
            assert!(message.identifiers().len() <= 7, "{message:?}");
            ids.push(message.message_id);
        }
        assert_eq!(channels.len(), 8, "{channels:?}");
        let web = channels["web"] as f64 / count as f64;
        assert!((0.58..0.65).contains(&web), "{web}");
        ids.sort_unstable();
        ids.dedup();
        let repeated = count - ids.len();
        assert!((count / 50..count / 25).contains(&repeated), "{repeated}");
        let share = logins as f64 / count as f64;
        assert!((0.18..0.30).contains(&share), "{share}");
    }
}
