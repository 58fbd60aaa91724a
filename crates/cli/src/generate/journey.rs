//! One customer's year: visits, calls and purchases, until the budget is spent.

use serde_json::Value;

use super::customer::Customer;
use super::dice::Dice;
use super::message::Draft;
use super::{DAY_MS, DAYS, HOUR_MS, Line, START_MS};

pub(super) struct Journey<'a> {
    pub(super) customer: &'a Customer,
    pub(super) dice: Dice,
    budget: u32,
    lines: &'a mut Vec<Line>,
    pub(super) orders: u32,
}

/// Something that a customer does, with how often it happens in a hundred.
type Visit = (u64, fn(&mut Journey<'_>, i64));

const VISITS: [Visit; 9] = [
    (34, Journey::web_visit),
    (14, Journey::app_session),
    (14, Journey::campaign),
    (9, Journey::purchase_at_till),
    (7, Journey::phone_call),
    (8, Journey::chat),
    (6, Journey::store_visit),
    (4, Journey::social_message),
    (4, Journey::tablet_visit),
];

impl<'a> Journey<'a> {
    pub(super) fn new(
        customer: &'a Customer,
        seed: u64,
        budget: u32,
        lines: &'a mut Vec<Line>,
    ) -> Self {
        Self {
            dice: Dice::new(seed, "journey", customer.number),
            customer,
            budget,
            lines,
            orders: 0,
        }
    }

    pub(super) fn run(mut self) {
        let registered = self.moment(0, 20);
        self.registration(registered);
        let mut round = 0;
        while self.budget > 0 {
            let at = self.moment(20, DAYS - 1);
            // The showcase takes its turns, so that it is seen on every channel.
            let visit = if self.customer.is_showcase() {
                VISITS[round % VISITS.len()].1
            } else {
                self.visit()
            };
            visit(&mut self, at);
            round += 1;
        }
    }

    fn visit(&mut self) -> fn(&mut Journey<'_>, i64) {
        let mut roll = self.dice.below(100);
        for (share, visit) in VISITS {
            if roll < share {
                return visit;
            }
            roll -= share;
        }
        Journey::web_visit
    }

    /// A moment in the waking hours between two days.
    fn moment(&mut self, from_day: u32, to_day: u32) -> i64 {
        let day = self.dice.between(from_day.into(), to_day.into()) as i64;
        let hour = self.dice.between(7, 20) as i64;
        START_MS + day * DAY_MS + hour * HOUR_MS + self.dice.below(HOUR_MS as u64) as i64
    }

    /// A few seconds to some minutes later.
    pub(super) fn later(&mut self, at: i64) -> i64 {
        at + self.dice.between(3_000, 240_000) as i64
    }

    pub(super) fn day(at: i64) -> u32 {
        ((at - START_MS) / DAY_MS) as u32
    }

    /// Sends the message, unless the budget is spent.
    pub(super) fn emit(&mut self, draft: Draft) {
        let message_id = self.dice.uuid();
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let (arrival_ms, channel) = (draft.time_ms, draft.channel);
        self.lines.push(Line {
            arrival_ms,
            json: draft.line(&message_id),
            message_id,
            customer: self.customer.number,
            household: self.customer.household,
            channel,
        });
    }

    pub(super) fn order_id(&mut self) -> String {
        self.orders += 1;
        format!("O-{:06}-{:03}", self.customer.number, self.orders)
    }

    /// The customer's mood, today.
    pub(super) fn sentiment(&mut self) -> i64 {
        let swing = self.dice.between(0, 80) as i64 - 40;
        (self.customer.mood + swing).clamp(-100, 100)
    }

    /// What an unbranded traits object of this customer holds.
    pub(super) fn traits(&mut self, at: i64) -> Value {
        let customer = self.customer;
        let mut traits = serde_json::json!({
            "firstName": customer.first,
            "lastName": customer.last,
            "email": customer.email_on(Self::day(at)),
        });
        if let Some(date) = &customer.birth_date {
            traits["birthday"] = date.as_str().into();
        }
        traits
    }
}
