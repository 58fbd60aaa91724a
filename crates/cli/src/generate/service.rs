//! Phone and chat: what was said, how it felt, and what was given back.

use serde_json::json;

use super::journey::Journey;
use super::message::{Draft, hundredths, money};
use super::{spelling, words};

impl Journey<'_> {
    pub(super) fn phone_call(&mut self, at: i64) {
        let Some(digits) = self.customer.phone_on(Self::day(at)).map(str::to_owned) else {
            return self.chat(at);
        };
        let caller = spelling::phone(&mut self.dice, &digits);
        let sentiment = self.sentiment();
        let product = self.liked_product();
        let call = json!({
            "direction": "inbound",
            "seconds": self.dice.between(40, 1_400),
            "text": words::text(&mut self.dice, product.name, sentiment),
            "sentiment": hundredths(sentiment),
        });
        let draft = Draft::track("Call Ended", "phone", at, call).external("phone", &caller);
        // The agent finds the account in three calls of ten.
        let found = self.dice.percent(30);
        let draft = match &self.customer.user_id {
            Some(user_id) if found => draft.with("userId", user_id.as_str()),
            _ => draft,
        };
        self.emit(draft);
        if sentiment < -30 && self.orders > 0 {
            let at = self.later(at);
            self.refund(at);
        }
        if self.dice.percent(35) {
            let at = self.later(at);
            self.survey("phone", at, "ces", |draft| draft.external("phone", &caller));
        }
    }

    pub(super) fn chat(&mut self, at: i64) {
        let cookie = self.customer.browser_on(Self::day(at)).to_owned();
        let email = self.customer.email_on(Self::day(at)).to_owned();
        let started = Draft::track("Chat Started", "chat", at, json!({ "page": "/help" }));
        self.emit(started.anonymous(&cookie));
        let mut at = self.later(at);
        if self.dice.percent(60) {
            let traits = json!({ "email": email, "firstName": self.customer.first });
            self.emit(Draft::identify("chat", at, traits).anonymous(&cookie));
        }
        let product = self.liked_product();
        for _ in 0..self.dice.between(1, 3) {
            at = self.later(at);
            let sentiment = self.sentiment();
            let said = json!({
                "text": words::text(&mut self.dice, product.name, sentiment),
                "sentiment": hundredths(sentiment),
            });
            let message = Draft::track("Chat Message Received", "chat", at, said);
            self.emit(message.anonymous(&cookie));
        }
        if self.dice.percent(40) {
            at = self.later(at);
            self.survey("chat", at, "csat", |draft| draft.anonymous(&cookie));
        }
    }

    /// Part of the last order, or all of it, is paid back to the account.
    fn refund(&mut self, at: i64) {
        let order_id = format!("O-{:06}-{:03}", self.customer.number, self.orders);
        let properties = json!({
            "order_id": order_id,
            "total": money(self.dice.between(10, 80) * 100),
            "currency": self.customer.currency(),
        });
        let draft = Draft::track("Order Refunded", "phone", at, properties);
        let draft = match &self.customer.user_id {
            Some(user_id) => draft.with("userId", user_id.as_str()),
            None => draft.external("email", self.customer.email_on(Self::day(at))),
        };
        self.emit(draft);
    }

    /// NPS runs from 0 to 10, CSAT from 1 to 5, CES from 1 to 7.
    pub(super) fn survey(
        &mut self,
        channel: &'static str,
        at: i64,
        survey: &str,
        who: impl Fn(Draft) -> Draft,
    ) {
        let sentiment = self.sentiment();
        let (low, high) = match survey {
            "nps" => (0, 10),
            "csat" => (1, 5),
            _ => (1, 7),
        };
        let answer = json!({
            "survey": survey,
            "score": low + (sentiment + 100) * (high - low) / 200,
            "comment": words::comment(&mut self.dice, sentiment),
        });
        let draft = Draft::track("Survey Answered", channel, at, answer);
        self.emit(who(draft));
    }
}
