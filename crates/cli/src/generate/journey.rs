//! One customer's year: visits, calls and purchases, until the budget is spent.

use serde_json::Value;

use super::customer::Customer;
use super::message::Draft;
use super::{DAY_MS, DAYS, HOUR_MS, Line, START_MS};
use crate::dice::Dice;

pub(super) struct Journey<'a> {
    pub(super) customer: &'a Customer,
    pub(super) dice: Dice,
    budget: u32,
    lines: &'a mut Vec<Line>,
    pub(super) orders: u32,
}

/// Something that a customer does.
#[derive(Clone, Copy)]
enum Visit {
    Web,
    App,
    Campaign,
    Till,
    Call,
    Chat,
    Store,
    Social,
    Tablet,
}

/// How often each happens, in a hundred.
const VISITS: [(u64, Visit); 9] = [
    (34, Visit::Web),
    (14, Visit::App),
    (14, Visit::Campaign),
    (9, Visit::Till),
    (7, Visit::Call),
    (8, Visit::Chat),
    (6, Visit::Store),
    (4, Visit::Social),
    (4, Visit::Tablet),
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
                self.draw()
            };
            self.visit(visit, at);
            round += 1;
        }
    }

    fn draw(&mut self) -> Visit {
        let mut roll = self.dice.below(100);
        for (share, visit) in VISITS {
            if roll < share {
                return visit;
            }
            roll -= share;
        }
        Visit::Web
    }

    fn visit(&mut self, visit: Visit, at: i64) {
        match visit {
            Visit::Web => self.web_visit(at),
            Visit::App => self.app_session(at),
            Visit::Campaign => self.campaign(at),
            Visit::Till => self.purchase_at_till(at),
            Visit::Call => self.phone_call(at),
            Visit::Chat => self.chat(at),
            Visit::Store => self.store_visit(at),
            Visit::Social => self.social_message(at),
            Visit::Tablet => self.tablet_visit(at),
        }
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
