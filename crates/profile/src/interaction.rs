//! Interactions: messages, settled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Channel, Flags, Identifiers, Kind, MessageId, Timestamp, Value};

/// One message from one channel, with everything settled that depends on when and where it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// The sender's id for it.
    pub message_id: MessageId,
    /// What it is about.
    pub kind: Kind,
    /// The name of the event (track), page or screen; the group id (group).
    pub event: Option<String>,
    /// Where it took place.
    pub channel: Channel,
    /// When it happened, corrected for the sender's clock.
    pub time: Timestamp,
    /// When it was received. No fold reads it: the same message taken in at another time gives the same profile.
    pub received: Timestamp,
    /// Whom it is about.
    pub identifiers: Identifiers,
    /// Attributes of the person (of the group, in a group message).
    pub traits: BTreeMap<String, Value>,
    /// Attributes of the event.
    pub properties: BTreeMap<String, Value>,
    /// Attributes of the circumstances.
    pub context: BTreeMap<String, Value>,
    /// The write key or import that it came by.
    pub source: String,
    /// What was out of the ordinary.
    pub flags: Flags,
}

impl Interaction {
    /// The longest event name, in bytes.
    pub const EVENT_BYTES_MAX: usize = 256;
    /// The longest name of a source, in bytes.
    pub const SOURCE_BYTES_MAX: usize = 64;
}
