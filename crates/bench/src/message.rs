//! Messages of the tracking format, as far as load needs them.

use serde::{Serialize, Serializer};

/// One message. Members that are `None` are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// `identify`, `track`, `page`, `screen` or `alias`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Unique among all messages.
    pub message_id: String,
    /// Milliseconds since 1970; sent in the form of RFC 3339.
    #[serde(serialize_with = "as_text")]
    pub timestamp: i64,
    /// The login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The browser or installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The event of a `track`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'static str>,
    /// The name of a `page` or `screen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// Traits of an `identify`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traits: Option<Traits>,
    /// Properties of a `track`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
    /// Channel, device and external ids.
    pub context: Context,
}

/// Traits of a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traits {
    /// An address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<&'static str>,
    /// A city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'static str>,
    /// A tariff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<&'static str>,
}

/// Properties of an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Properties {
    /// An order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Its amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<f64>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<&'static str>,
    /// An article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
}

/// The context of a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// The channel.
    pub channel: &'static str,
    /// The device of an app or a shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// Identifiers beside login and browser.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<ExternalId>,
}

/// A device.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its id.
    pub id: String,
    /// Its advertising id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertising_id: Option<String>,
    /// Whether the advertising id may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ad_tracking_enabled: Option<bool>,
}

/// An identifier with its namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExternalId {
    /// The value.
    pub id: String,
    /// The namespace.
    #[serde(rename = "type")]
    pub namespace: &'static str,
    /// Always `users`.
    pub collection: &'static str,
    /// Always `none`.
    pub encoding: &'static str,
}

impl ExternalId {
    /// An identifier of a person.
    pub fn new(namespace: &'static str, id: String) -> Self {
        Self {
            id,
            namespace,
            collection: "users",
            encoding: "none",
        }
    }
}

fn as_text<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::from_millisecond(*millis);
    let time = time.map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&time)
}

/// The body of a batch.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) write_key: Option<&'a str>,
    pub(crate) batch: &'a [Message],
}

impl Message {
    /// A message of a kind in a channel.
    pub fn new(kind: &'static str, channel: &'static str, id: String, timestamp: i64) -> Self {
        Self {
            kind,
            message_id: id,
            timestamp,
            context: Context {
                channel,
                ..Context::default()
            },
            ..Self::default()
        }
    }

    /// With a login.
    #[must_use]
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// With a browser or installation.
    #[must_use]
    pub fn anonymous(mut self, id: impl Into<String>) -> Self {
        self.anonymous_id = Some(id.into());
        self
    }

    /// With the event of a `track`.
    #[must_use]
    pub fn event(mut self, event: &'static str) -> Self {
        self.event = Some(event);
        self
    }

    /// With the name of a page.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// With traits.
    #[must_use]
    pub fn traits(mut self, traits: Traits) -> Self {
        self.traits = Some(traits);
        self
    }

    /// With properties.
    #[must_use]
    pub fn properties(mut self, properties: Properties) -> Self {
        self.properties = Some(properties);
        self
    }

    /// With a device.
    #[must_use]
    pub fn device(mut self, device: Device) -> Self {
        self.context.device = Some(device);
        self
    }

    /// With one more identifier.
    #[must_use]
    pub fn external(mut self, namespace: &'static str, id: impl Into<String>) -> Self {
        let external = ExternalId::new(namespace, id.into());
        self.context.external_ids.push(external);
        self
    }

    /// Its identifiers with their namespaces, the strongest first.
    pub fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let traits = self.traits.as_ref();
        let device = self.context.device.as_ref();
        let external = |wanted: &'static str| {
            let all = self.context.external_ids.iter();
            let same = all.filter(move |one| one.namespace == wanted);
            same.map(|one| (one.namespace, one.id.as_str()))
        };
        let mut found = Vec::new();
        found.extend(self.user_id.as_deref().map(|id| ("user_id", id)));
        found.extend(traits.and_then(|traits| Some(("email", traits.email.as_deref()?))));
        found.extend(external("email"));
        found.extend(external("social"));
        found.extend(traits.and_then(|traits| Some(("phone", traits.phone.as_deref()?))));
        found.extend(external("phone"));
        found.extend(external("loyalty_id"));
        found.extend(device.map(|device| ("device_id", device.id.as_str())));
        let advertising = |device: &'_ Device| device.ad_tracking_enabled != Some(false);
        let allowed = device.filter(|device| advertising(device));
        let advertising = allowed.and_then(|device| device.advertising_id.as_deref());
        found.extend(advertising.map(|id| ("advertising_id", id)));
        found.extend(self.anonymous_id.as_deref().map(|id| ("anonymous_id", id)));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_absent_are_left_out() {
        let message = Message::new("track", "web", "m-1".into(), 1_735_689_600_000);
        let message = message
            .user("u")
            .event("Order Completed")
            .external("social", "@u");
        let text = serde_json::to_string(&message).unwrap_or_default();
        let expected = r#"{"type":"track","messageId":"m-1","timestamp":"2025-01-01T00:00:00Z","userId":"u","event":"Order Completed","context":{"channel":"web","externalIds":[{"id":"@u","type":"social","collection":"users","encoding":"none"}]}}"#;
        assert_eq!(text, expected);
        assert_eq!(message.identifiers(), [("user_id", "u"), ("social", "@u")]);
    }
}
