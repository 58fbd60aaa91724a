//! Web, app, email and social.

use serde_json::{Value, json};

use super::catalog::{PAGES, PRODUCTS, Product, SCREENS};
use super::journey::Journey;
use super::message::{Draft, money};
use super::{DAY_MS, spelling};

impl Journey<'_> {
    /// The first message of everybody: who they are, what they allow, what they like.
    pub(super) fn registration(&mut self, at: i64) {
        let customer = self.customer;
        let cookie = customer.browser_on(Self::day(at));
        let mut traits = self.traits(at);
        if let Some(digits) = customer.phone_on(Self::day(at)) {
            traits["phone"] = spelling::phone(&mut self.dice, digits).into();
        }
        traits["address"] = json!({ "country": if customer.euro { "DE" } else { "US" } });
        let identify = Draft::identify("web", at, traits)
            .anonymous(cookie)
            .user(customer.user_id.as_ref());
        self.emit(identify);
        if customer.is_showcase() || self.dice.percent(70) {
            self.consents(at);
        }
        if customer.is_showcase() || self.dice.percent(45) {
            self.stated_preferences(at);
        }
    }

    fn consents(&mut self, at: i64) {
        for purpose in ["email_marketing", "sms_marketing", "personalisation"] {
            let granted = self.dice.percent(60);
            let at = self.later(at);
            let update = json!({ "purpose": purpose, "granted": granted });
            let draft = Draft::track("Consent Updated", "web", at, update);
            let draft = self.signed_in(draft, at);
            self.emit(draft);
        }
    }

    fn stated_preferences(&mut self, at: i64) {
        let channel = self.dice.pick(&["email", "phone", "chat", "sms"]);
        let language = if self.customer.euro { "de" } else { "en" };
        let stated = [
            json!({ "topic": "contact_channel", "value": channel, "scope": "service" }),
            json!({ "topic": "language", "value": language }),
            json!({ "topic": "store", "value": self.customer.store }),
        ];
        for preference in stated {
            let at = self.later(at);
            let draft = Draft::track("Preference Stated", "web", at, preference);
            let draft = self.signed_in(draft, at);
            self.emit(draft);
        }
    }

    /// With the cookie and, where there is an account, the user id; else the address.
    fn signed_in(&mut self, draft: Draft, at: i64) -> Draft {
        let draft = draft.anonymous(self.customer.browser_on(Self::day(at)));
        match &self.customer.user_id {
            Some(user_id) => draft.with("userId", user_id.as_str()),
            None => draft.external("email", self.customer.email_on(Self::day(at))),
        }
    }

    pub(super) fn web_visit(&mut self, at: i64) {
        let cookie = self.customer.browser_on(Self::day(at)).to_owned();
        self.browse(at, &cookie, None);
    }

    /// The same, on the tablet that the household shares.
    pub(super) fn tablet_visit(&mut self, at: i64) {
        match &self.customer.tablet {
            Some(tablet) => self.browse(at, &tablet.anonymous_id, Some(&tablet.device_id)),
            None => self.web_visit(at),
        }
    }

    fn browse(&mut self, at: i64, cookie: &str, device: Option<&str>) {
        let on_device = |draft: Draft| match device {
            Some(device) => draft.device(device, None),
            None => draft,
        };
        let mut at = at;
        for _ in 0..self.dice.between(1, 4) {
            let page = self.dice.pick(&PAGES);
            self.emit(on_device(Draft::page(page, at).anonymous(cookie)));
            at = self.later(at);
        }
        let product = self.liked_product();
        let viewed = Draft::track("Product Viewed", "web", at, describe(product));
        self.emit(on_device(viewed.anonymous(cookie)));
        if !self.dice.percent(45) {
            return;
        }
        at = self.later(at);
        let traits = self.traits(at);
        let login = Draft::identify("web", at, traits)
            .anonymous(cookie)
            .user(self.customer.user_id.as_ref())
            .context("consent", json!({ "categoryPreferences": { "analytics": true, "advertising": self.dice.percent(40) } }));
        self.emit(on_device(login));
        if self.dice.percent(8) {
            let household = format!("household-{}", self.customer.household);
            let group = Draft::group(at + 500, household, json!({ "plan": "family" }));
            self.emit(on_device(
                group.anonymous(cookie).user(self.customer.user_id.as_ref()),
            ));
        }
        if self.dice.percent(50) {
            at = self.later(at);
            let order = self.order("web", at, product);
            let order = self.signed_in(order, at).anonymous(cookie);
            self.emit(on_device(order));
        }
    }

    pub(super) fn app_session(&mut self, at: i64) {
        let customer = self.customer;
        let Some(app) = &customer.app else {
            return self.web_visit(at);
        };
        let in_app = |draft: Draft| {
            draft
                .device(&app.device_id, app.advertising_id.as_ref())
                .anonymous(&app.anonymous_id)
        };
        let user = customer.user_id.as_ref();
        let mut at = at;
        for _ in 0..self.dice.between(1, 3) {
            let screen = self.dice.pick(&SCREENS);
            self.emit(in_app(Draft::screen(screen, at)).user(user));
            at = self.later(at);
        }
        if let Some(user_id) = user
            && self.dice.percent(5)
        {
            let alias = Draft::alias(at, &app.anonymous_id).with("userId", user_id.as_str());
            self.emit(alias);
        }
        let product = self.liked_product();
        let added = Draft::track("Product Added", "app", at, describe(product));
        self.emit(in_app(added).user(user));
        if self.dice.percent(30) {
            let order = self.order("app", at + 60_000, product);
            self.emit(in_app(order).user(user));
        }
        if self.dice.percent(25) {
            self.inferred_preference(at + 90_000);
        }
    }

    /// What a recommender thinks, from a server that knows the account or the address only.
    fn inferred_preference(&mut self, at: i64) {
        let inferred = json!({
            "topic": "category",
            "value": self.customer.favourite,
            "confidence": self.dice.between(40, 95) as f64 / 100.0,
            "expires_at": super::message::rfc3339(at + 400 * DAY_MS),
        });
        let draft = Draft::track("Preference Inferred", "app", at, inferred);
        let draft = match &self.customer.user_id {
            Some(user_id) => draft.with("userId", user_id.as_str()),
            None => draft.external("email", self.customer.email_on(Self::day(at))),
        };
        self.emit(draft);
    }

    pub(super) fn campaign(&mut self, at: i64) {
        let email = self.customer.email_on(Self::day(at));
        let address = match self.dice.below(8) {
            0 => email.replacen('@', "+offers@", 1),
            1 => email.to_uppercase(),
            _ => email.to_owned(),
        };
        let name = format!("{} week {}", self.customer.favourite, Self::day(at) / 7);
        let campaign = json!({ "campaign": name });
        let mut at = at;
        for (event, chance) in [
            ("Email Delivered", 100),
            ("Email Opened", 60),
            ("Email Link Clicked", 35),
        ] {
            if !self.dice.percent(chance) {
                return;
            }
            let draft = Draft::track(event, "email", at, campaign.clone());
            self.emit(draft.external("email", &address));
            at = self.later(at);
        }
        if self.dice.percent(40) {
            self.survey("email", at, "nps", |draft| {
                draft.external("email", &address)
            });
        }
    }

    pub(super) fn social_message(&mut self, at: i64) {
        let Some(handle) = &self.customer.social else {
            return self.campaign(at);
        };
        let sentiment = self.sentiment();
        let product = self.liked_product();
        let properties = json!({
            "text": super::words::text(&mut self.dice, product.name, sentiment),
            "sentiment": super::message::hundredths(sentiment),
        });
        let draft = Draft::track("Direct Message Received", "social", at, properties);
        let draft = draft.external("social", handle);
        // People write their address when they are asked who they are.
        let draft = match self.customer.is_showcase() || self.dice.percent(40) {
            true => draft.external("email", self.customer.email_on(Self::day(at))),
            false => draft,
        };
        self.emit(draft);
    }

    pub(super) fn liked_product(&mut self) -> &'static Product {
        let favourite = self.customer.favourite;
        let any = self.dice.percent(50);
        let liked: Vec<&Product> = PRODUCTS
            .iter()
            .filter(|product| any || product.category == favourite)
            .collect();
        self.dice.pick(&liked)
    }

    pub(super) fn order(&mut self, channel: &'static str, at: i64, product: &Product) -> Draft {
        let quantity = self.dice.between(1, 3);
        let properties = json!({
            "order_id": self.order_id(),
            "revenue": money(product.price_cents * quantity),
            "currency": self.customer.currency(),
            "products": [{ "sku": product.sku, "name": product.name, "quantity": quantity, "price": money(product.price_cents) }],
        });
        Draft::track("Order Completed", channel, at, properties)
    }
}

fn describe(product: &Product) -> Value {
    json!({
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "price": money(product.price_cents),
    })
}
