//! The till and the store: cards, kiosks and staff tablets that hundreds of customers share.

use serde_json::json;

use super::journey::Journey;
use super::message::Draft;
use super::spelling;

impl Journey<'_> {
    pub(super) fn purchase_at_till(&mut self, at: i64) {
        let customer = self.customer;
        let product = self.liked_product();
        let order = self
            .order("pos", at, product)
            .context("store", json!({ "id": customer.store }));
        let email = customer.email_on(Self::day(at)).to_owned();
        let order = match &customer.loyalty_id {
            Some(card) => order.external("loyalty_id", card),
            // Without a card the cashier types an address for the receipt, and mistypes some.
            None if self.dice.percent(15) => {
                order.external("email", &spelling::typo(&mut self.dice, &email))
            }
            None => order.external("email", &email),
        };
        self.emit(order);
        if customer.loyalty_id.is_some() && (customer.is_showcase() || self.dice.percent(25)) {
            self.card_application(at + 30_000, &email);
        }
    }

    /// A form filled in by hand: card, address, number and a name that may be mistyped.
    fn card_application(&mut self, at: i64, email: &str) {
        let customer = self.customer;
        let Some(card) = &customer.loyalty_id else {
            return;
        };
        let mistyped = !customer.is_showcase() && self.dice.percent(10);
        let first = match mistyped {
            true => spelling::typo(&mut self.dice, &customer.first),
            false => customer.first.clone(),
        };
        let mut traits = json!({ "email": email, "firstName": first, "lastName": customer.last });
        if let Some(digits) = customer.phone_on(Self::day(at)) {
            traits["phone"] = spelling::phone(&mut self.dice, digits).into();
        }
        self.emit(Draft::identify("pos", at, traits).external("loyalty_id", card));
    }

    pub(super) fn store_visit(&mut self, at: i64) {
        let customer = self.customer;
        if customer.is_showcase() || self.dice.percent(50) {
            return self.consultation(at);
        }
        let kiosk = format!("kiosk-{}", customer.store);
        let cookie = format!("{kiosk}-browser");
        let search = json!({ "query": self.liked_product().name.to_lowercase() });
        let draft = Draft::track("Products Searched", "store", at, search);
        self.emit(draft.device(&kiosk, None).anonymous(&cookie));
        if let Some(card) = &customer.loyalty_id {
            let at = self.later(at);
            let scanned = Draft::track("Card Scanned", "store", at, json!({ "kiosk": kiosk }));
            let scanned = scanned.device(&kiosk, None).anonymous(&cookie);
            self.emit(scanned.external("loyalty_id", card));
        }
    }

    /// A member of the staff looks the customer up on the store's tablet and writes a note.
    fn consultation(&mut self, at: i64) {
        let customer = self.customer;
        let sentiment = self.sentiment();
        let product = self.liked_product();
        let note = json!({
            "note": format!("asked about the {}", product.name.to_lowercase()),
            "sentiment": super::message::hundredths(sentiment),
            "store": customer.store,
        });
        let draft = Draft::track("Consultation Held", "store", at, note);
        let by_phone = customer
            .phone_on(Self::day(at))
            .filter(|_| self.dice.percent(50))
            .map(|digits| spelling::phone(&mut self.dice, digits));
        let draft = match (by_phone, &customer.loyalty_id) {
            (Some(phone), _) => draft.external("phone", &phone),
            (None, Some(card)) => draft.external("loyalty_id", card),
            (None, None) => draft.external("email", customer.email_on(Self::day(at))),
        };
        // The showcase was served without the tablet that everybody shares.
        let draft = match customer.is_showcase() {
            true => draft,
            false => draft.device(&format!("staff-tablet-{}", customer.store), None),
        };
        self.emit(draft);
    }
}
