//! One message in the making, in the form of the tracking API.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub(super) struct Draft {
    pub(super) time_ms: i64,
    pub(super) channel: &'static str,
    body: Map<String, Value>,
    context: Map<String, Value>,
    external_ids: Vec<Value>,
}

impl Draft {
    fn new(kind: &str, channel: &'static str, time_ms: i64) -> Self {
        let mut body = Map::new();
        body.insert("type".to_owned(), kind.into());
        Self {
            time_ms,
            channel,
            body,
            context: Map::new(),
            external_ids: Vec::new(),
        }
    }

    pub(super) fn track(
        event: &str,
        channel: &'static str,
        time_ms: i64,
        properties: Value,
    ) -> Self {
        Self::new("track", channel, time_ms)
            .with("event", event)
            .with("properties", properties)
    }

    pub(super) fn identify(channel: &'static str, time_ms: i64, traits: Value) -> Self {
        Self::new("identify", channel, time_ms).with("traits", traits)
    }

    pub(super) fn page(name: &str, time_ms: i64) -> Self {
        let path = format!("/{}", name.to_lowercase().replace(' ', "-"));
        Self::new("page", "web", time_ms)
            .with("name", name)
            .with("properties", json!({ "path": path }))
    }

    pub(super) fn screen(name: &str, time_ms: i64) -> Self {
        Self::new("screen", "app", time_ms).with("name", name)
    }

    pub(super) fn group(time_ms: i64, group_id: String, traits: Value) -> Self {
        Self::new("group", "web", time_ms)
            .with("groupId", group_id)
            .with("traits", traits)
    }

    pub(super) fn alias(time_ms: i64, previous_id: &str) -> Self {
        Self::new("alias", "app", time_ms).with("previousId", previous_id)
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    pub(super) fn context(mut self, key: &str, value: Value) -> Self {
        self.context.insert(key.to_owned(), value);
        self
    }

    pub(super) fn user(self, user_id: Option<&String>) -> Self {
        match user_id {
            Some(user_id) => self.with("userId", user_id.as_str()),
            None => self,
        }
    }

    pub(super) fn anonymous(self, anonymous_id: &str) -> Self {
        self.with("anonymousId", anonymous_id)
    }

    pub(super) fn external(mut self, namespace: &str, id: &str) -> Self {
        self.external_ids.push(
            json!({ "id": id, "type": namespace, "collection": "users", "encoding": "none" }),
        );
        self
    }

    pub(super) fn device(self, device_id: &str, advertising_id: Option<&String>) -> Self {
        let mut device = json!({ "id": device_id });
        if let Some(id) = advertising_id {
            device["advertisingId"] = id.as_str().into();
            device["adTrackingEnabled"] = true.into();
        }
        self.context("device", device)
    }

    /// The finished line.
    pub(super) fn line(mut self, message_id: &str) -> String {
        self.context
            .insert("channel".to_owned(), self.channel.into());
        if !self.body.contains_key("userId") && !self.body.contains_key("anonymousId") {
            let derived = contact_id(&self.external_ids);
            self.body.insert("anonymousId".to_owned(), derived.into());
        }
        if !self.external_ids.is_empty() {
            let ids = Value::Array(self.external_ids);
            self.context.insert("externalIds".to_owned(), ids);
        }
        self.body.insert("messageId".to_owned(), message_id.into());
        self.body
            .insert("timestamp".to_owned(), rfc3339(self.time_ms).into());
        self.body
            .insert("context".to_owned(), Value::Object(self.context));
        Value::Object(self.body).to_string()
    }
}

/// The tracking API wants a user or an anonymous id. A careful backend that knows neither derives one from what it knows,
/// so that it says nothing new about who is who.
fn contact_id(external_ids: &[Value]) -> String {
    let known = Value::from(external_ids).to_string();
    let digest = Sha256::digest(known.as_bytes());
    let mut digits = data_encoding::HEXLOWER.encode(&digest);
    digits.truncate(24);
    format!("contact-{digits}")
}

/// Cents as a JSON number with up to two decimals.
pub(super) fn money(cents: u64) -> Value {
    json!(cents as f64 / 100.0)
}

/// Hundredths as a JSON number, from -1 to 1.
pub(super) fn hundredths(value: i64) -> Value {
    json!(value.clamp(-100, 100) as f64 / 100.0)
}

pub(super) fn rfc3339(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => format!("{time:.3}"),
        // Out of the calendar: cannot come from a sample of one year.
        Err(_) => String::new(),
    }
}
