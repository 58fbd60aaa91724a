//! One tracking message, read loosely from what an SDK sends.
//!
//! Loose where SDKs differ, strict where meaning would be lost:
//!
//! - null stands for absent, numbers given as ids become their text;
//! - members that Acquaint has no use for (`_metadata`, `integrations`, `writeKey`)
//!   are left out;
//! - a member of an impossible type rejects the message, as it would otherwise be
//!   dropped in silence.

use std::fmt;

use serde_json::{Map, Value};

use super::{RejectReason, Rejection};
use crate::limits::MESSAGE_ID_CHARS_MAX;

/// The six calls of the tracking API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    /// Who somebody is.
    Identify,
    /// What somebody did.
    Track,
    /// A page seen.
    Page,
    /// A screen of an app seen.
    Screen,
    /// A group that somebody belongs to.
    Group,
    /// Two ids of one person.
    Alias,
}

impl MessageKind {
    /// The kind as it stands in `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// The kind that `type` names.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Identify,
            Self::Track,
            Self::Page,
            Self::Screen,
            Self::Group,
            Self::Alias,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message with its members as given; nothing is canonical yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Which of the six calls.
    pub kind: MessageKind,
    /// `messageId`, at most 100 characters.
    pub message_id: Option<String>,
    /// `userId`.
    pub user_id: Option<String>,
    /// `anonymousId`.
    pub anonymous_id: Option<String>,
    /// `previousId` of an alias.
    pub previous_id: Option<String>,
    /// `groupId` of a group call.
    pub group_id: Option<String>,
    /// `event` of a track call.
    pub event: Option<String>,
    /// `name` of a page or screen.
    pub name: Option<String>,
    /// `category` of a page or screen.
    pub category: Option<String>,
    /// Top-level `channel`, which some SDKs send beside `context.channel`.
    pub channel: Option<String>,
    /// `traits`.
    pub traits: Map<String, Value>,
    /// `properties`.
    pub properties: Map<String, Value>,
    /// `context`, with that of the batch merged under it.
    pub context: Map<String, Value>,
    /// `timestamp`, as given.
    pub timestamp: Option<String>,
    /// `originalTimestamp`, as given.
    pub original_timestamp: Option<String>,
    /// `sentAt` of the message, else of the batch, as given.
    pub sent_at: Option<String>,
}

impl Message {
    /// Reads a message from JSON. `kind` is that of the endpoint; in a batch, `type` says it.
    pub fn from_json(value: Value, kind: Option<MessageKind>) -> Result<Self, Rejection> {
        let Value::Object(mut members) = value else {
            return Err(reject(
                None,
                RejectReason::NotAnObject,
                "a message is a JSON object",
            ));
        };
        let message_id = take_message_id(&mut members)?;
        Self::from_members(members, kind, message_id.clone()).map_err(|mut rejection| {
            rejection.message_id = message_id;
            rejection
        })
    }

    fn from_members(
        mut members: Map<String, Value>,
        kind: Option<MessageKind>,
        message_id: Option<String>,
    ) -> Result<Self, Rejection> {
        let kind = match kind {
            Some(kind) => kind,
            None => take_kind(&mut members)?,
        };
        let members = &mut members;
        let message = Self {
            kind,
            message_id,
            user_id: take_id(members, "userId")?,
            anonymous_id: take_id(members, "anonymousId")?,
            previous_id: take_id(members, "previousId")?,
            group_id: take_id(members, "groupId")?,
            event: take_text(members, "event")?,
            name: take_text(members, "name")?,
            category: take_text(members, "category")?,
            channel: take_text(members, "channel")?,
            timestamp: take_text(members, "timestamp")?,
            original_timestamp: take_text(members, "originalTimestamp")?,
            sent_at: take_text(members, "sentAt")?,
            traits: take_map(members, "traits")?,
            properties: take_map(members, "properties")?,
            context: take_map(members, "context")?,
        };
        message.check()?;
        Ok(message)
    }

    /// Whether this is an alias of an id to itself, which analytics.js sends and which says nothing.
    pub fn is_no_op(&self) -> bool {
        self.kind == MessageKind::Alias
            && self.user_id.is_some()
            && self.user_id == self.previous_id
    }

    fn check(&self) -> Result<(), Rejection> {
        let identified = match self.kind {
            MessageKind::Alias => self.user_id.is_some() && self.previous_id.is_some(),
            _ => self.user_id.is_some() || self.anonymous_id.is_some(),
        };
        if !identified {
            let detail = match self.kind {
                MessageKind::Alias => "an alias needs `userId` and `previousId`",
                _ => "a message needs `userId` or `anonymousId`",
            };
            return Err(reject(None, RejectReason::MissingIdentifier, detail));
        }
        if self.kind == MessageKind::Track && self.event.is_none() {
            return Err(reject(
                None,
                RejectReason::MissingEvent,
                "a track message needs `event`",
            ));
        }
        Ok(())
    }
}

fn reject(
    message_id: Option<String>,
    reason: RejectReason,
    detail: impl Into<String>,
) -> Rejection {
    Rejection {
        message_id,
        reason,
        detail: detail.into(),
    }
}

fn take_kind(members: &mut Map<String, Value>) -> Result<MessageKind, Rejection> {
    let given = members.remove("type");
    given
        .as_ref()
        .and_then(Value::as_str)
        .and_then(MessageKind::parse)
        .ok_or_else(|| {
            let detail = "`type` is one of identify, track, page, screen, group and alias";
            reject(None, RejectReason::UnknownType, detail)
        })
}

fn take_message_id(members: &mut Map<String, Value>) -> Result<Option<String>, Rejection> {
    let id = take_id(members, "messageId")?;
    match id {
        Some(id) if id.chars().count() > MESSAGE_ID_CHARS_MAX => {
            let detail = format!("`messageId` is at most {MESSAGE_ID_CHARS_MAX} characters long");
            Err(reject(None, RejectReason::InvalidMessageId, detail))
        }
        id => Ok(id),
    }
}

/// A string, or the text of a number, as databases number their rows.
fn take_id(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    if let Some(Value::Number(number)) = members.get(name) {
        return Ok(Some(number.to_string()));
    }
    take_text(members, name)
}

/// A string; null and the empty string stand for absent.
fn take_text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => {
            let detail = format!("`{name}` has a type that it cannot have");
            Err(reject(None, RejectReason::InvalidMember, detail))
        }
    }
}

/// An object; null stands for an empty one, and so does the empty list that PHP makes of an empty map.
fn take_map(members: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, Rejection> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(Value::Array(list)) if list.is_empty() => Ok(Map::new()),
        Some(_) => Err(reject(
            None,
            RejectReason::InvalidMember,
            format!("`{name}` is a JSON object"),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn rejected(value: Value, reason: RejectReason) {
        let rejection = Message::from_json(value.clone(), None).unwrap_err();
        assert_eq!(rejection.reason, reason, "{value}");
    }

    #[test]
    fn null_and_numeric_ids_are_tolerated() {
        let value = json!({
            "type": "track", "event": "Seen", "userId": 42, "anonymousId": null, "messageId": "m1",
            "_metadata": {"bundled": []}, "integrations": {"All": true}, "traits": [], "context": null,
        });
        let message = Message::from_json(value, None).unwrap();
        assert_eq!(message.user_id.as_deref(), Some("42"));
        assert_eq!(message.anonymous_id, None);
        assert!(message.traits.is_empty() && message.context.is_empty());
    }

    #[test]
    fn the_endpoint_decides_the_kind() {
        let value = json!({"type": "track", "userId": "u"});
        let message = Message::from_json(value, Some(MessageKind::Identify)).unwrap();
        assert_eq!(message.kind, MessageKind::Identify);
    }

    #[test]
    fn an_alias_to_itself_is_no_op() {
        let value = json!({"type": "alias", "userId": "u2", "previousId": "u2"});
        assert!(Message::from_json(value, None).unwrap().is_no_op());
        let value = json!({"type": "alias", "userId": "u2", "previousId": "u1"});
        assert!(!Message::from_json(value, None).unwrap().is_no_op());
    }

    #[test]
    fn rejections() {
        rejected(json!([]), RejectReason::NotAnObject);
        rejected(json!({"userId": "u"}), RejectReason::UnknownType);
        rejected(
            json!({"type": "Track", "userId": "u"}),
            RejectReason::UnknownType,
        );
        rejected(json!({"type": "page"}), RejectReason::MissingIdentifier);
        rejected(
            json!({"type": "page", "userId": "", "anonymousId": null}),
            RejectReason::MissingIdentifier,
        );
        rejected(
            json!({"type": "alias", "userId": "u"}),
            RejectReason::MissingIdentifier,
        );
        rejected(
            json!({"type": "track", "userId": "u"}),
            RejectReason::MissingEvent,
        );
        rejected(
            json!({"type": "page", "userId": {"a": 1}}),
            RejectReason::InvalidMember,
        );
        rejected(
            json!({"type": "page", "userId": true}),
            RejectReason::InvalidMember,
        );
        rejected(
            json!({"type": "identify", "userId": "u", "traits": "x"}),
            RejectReason::InvalidMember,
        );
        let long = "é".repeat(MESSAGE_ID_CHARS_MAX + 1);
        rejected(
            json!({"type": "page", "userId": "u", "messageId": long}),
            RejectReason::InvalidMessageId,
        );
    }

    #[test]
    fn a_rejection_names_its_message() {
        let rejection =
            Message::from_json(json!({"type": "page", "messageId": "m7"}), None).unwrap_err();
        assert_eq!(rejection.message_id.as_deref(), Some("m7"));
    }
}
