//! From the bytes of a tracking body to messages.
//!
//! - The size of a message inside a batch is that of its own bytes as they were sent,
//!   spaces included.
//! - What is wrong with one message of a batch rejects that message alone; what is
//!   wrong with the batch refuses the request.
//! - `context` and `sentAt` of a batch hold for the messages that do not say otherwise: a
//!   message's own member of `context` wins as a whole, so that two devices are never
//!   mixed into one. What it comes to with all of them is bounded: a small body must not
//!   become a large batch.

use std::collections::BTreeMap;

use acquaint_api::ErrorCode;
use acquaint_api::limits::{
    BATCH_CONTEXT_BYTES_MAX, BATCH_MESSAGES_MAX, MESSAGE_BYTES_MAX, MESSAGE_ID_CHARS_MAX,
};
use acquaint_api::tracking::{Message, MessageKind, RejectReason, Rejection};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// What a tracking body holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Parsed {
    /// `writeKey` of the body.
    pub(crate) write_key: Option<String>,
    /// One entry per message, in the order of the body.
    pub(crate) messages: Vec<Result<Message, Rejection>>,
}

/// Reads the body of one of the six calls.
pub(crate) fn single(bytes: &[u8], kind: MessageKind) -> Result<Parsed, Failure> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| invalid_json(&error))?;
    let write_key = value
        .get("writeKey")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Parsed {
        write_key,
        messages: vec![Message::from_json(value, Some(kind))],
    })
}

/// Reads the body of a batch.
pub(crate) fn batch(bytes: &[u8]) -> Result<Parsed, Failure> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes).map_err(|error| {
        // A body that is not an object is refused at its first byte; whether it is JSON at all is another question.
        match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) if error.is_data() => invalid("a batch is a JSON object"),
            Ok(_) => invalid_json(&error),
            Err(error) => invalid_json(&error),
        }
    })?;
    let list = members
        .get("batch")
        .ok_or_else(|| invalid("a batch needs `batch`, a list of messages"))?;
    let list: Vec<&RawValue> =
        serde_json::from_str(list.get()).map_err(|_| invalid("`batch` is a list of messages"))?;
    if list.len() > BATCH_MESSAGES_MAX {
        let message = format!(
            "a batch has at most {BATCH_MESSAGES_MAX} messages; this one has {}",
            list.len()
        );
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    let context_bytes = members.get("context").map_or(0, |raw| raw.get().len());
    if context_bytes * list.len() > BATCH_CONTEXT_BYTES_MAX {
        let message = format!(
            "`context` of the batch, once for each of its {} messages, is over {BATCH_CONTEXT_BYTES_MAX} bytes: send fewer \
             messages at once, or say it in the messages that need it",
            list.len()
        );
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    let shared = Shared {
        context: member(&members, "context")?.unwrap_or_default(),
        sent_at: member::<Value>(&members, "sentAt")?,
    };
    Ok(Parsed {
        write_key: member::<Value>(&members, "writeKey")?
            .and_then(|value| value.as_str().map(str::to_owned)),
        messages: list.into_iter().map(|raw| shared.message(raw)).collect(),
    })
}

/// What the batch says for each of its messages.
struct Shared {
    context: Map<String, Value>,
    sent_at: Option<Value>,
}

impl Shared {
    fn message(&self, raw: &RawValue) -> Result<Message, Rejection> {
        let text = raw.get();
        let value = serde_json::from_str(text);
        if text.len() > MESSAGE_BYTES_MAX {
            return Err(Rejection {
                message_id: value.ok().and_then(|value| message_id(&value)),
                reason: RejectReason::TooLarge,
                detail: format!(
                    "a message is at most {MESSAGE_BYTES_MAX} bytes; this one has {}",
                    text.len()
                ),
            });
        }
        let mut value: Value = value.map_err(|error| Rejection {
            message_id: None,
            reason: RejectReason::InvalidJson,
            detail: format!("the message is not valid JSON: {error}"),
        })?;
        if let Value::Object(members) = &mut value {
            self.merge(members);
        }
        Message::from_json(value, None)
    }

    fn merge(&self, members: &mut Map<String, Value>) {
        if let Some(sent_at) = &self.sent_at {
            let own = members.entry("sentAt").or_insert(Value::Null);
            if own.is_null() {
                *own = sent_at.clone();
            }
        }
        if self.context.is_empty() {
            return;
        }
        let own = members.entry("context").or_insert(Value::Null);
        if own.is_null() {
            *own = Value::Object(self.context.clone());
        } else if let Value::Object(own) = own {
            for (name, value) in &self.context {
                if !own.contains_key(name) {
                    own.insert(name.clone(), value.clone());
                }
            }
        }
    }
}

/// The id of a message that is too large to be read as one.
fn message_id(value: &Value) -> Option<String> {
    let id = value.get("messageId")?.as_str()?;
    (id.chars().count() <= MESSAGE_ID_CHARS_MAX).then(|| id.to_owned())
}

/// A member of the batch; null stands for absent.
fn member<T: serde::de::DeserializeOwned>(
    members: &BTreeMap<String, &RawValue>,
    name: &str,
) -> Result<Option<T>, Failure> {
    let Some(raw) = members.get(name) else {
        return Ok(None);
    };
    serde_json::from_str(raw.get())
        .map_err(|_| invalid(format!("`{name}` of the batch has a wrong type")))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, message.into())
}

fn invalid_json(error: &serde_json::Error) -> Failure {
    Failure::new(
        ErrorCode::InvalidJson,
        format!("the body is not valid JSON: {error}"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn parse(value: Value) -> Parsed {
        batch(value.to_string().as_bytes()).unwrap()
    }

    fn refused(body: &str, code: ErrorCode) {
        assert_eq!(batch(body.as_bytes()).unwrap_err().code, code, "{body}");
    }

    fn reasons(parsed: &Parsed) -> Vec<Option<RejectReason>> {
        parsed
            .messages
            .iter()
            .map(|message| message.as_ref().err().map(|error| error.reason))
            .collect()
    }

    #[test]
    fn the_batch_speaks_for_its_messages() {
        let parsed = parse(json!({
            "writeKey": "k", "sentAt": "2026-01-01T00:00:00Z", "sequence": 7, "integrations": {},
            "context": {"library": {"name": "lib"}, "ip": "10.0.0.1"},
            "batch": [
                {"type": "page", "userId": "u"},
                {"type": "page", "userId": "u", "context": {"ip": "10.0.0.2"}, "sentAt": "2026-01-02T00:00:00Z"},
                {"type": "page", "userId": "u", "context": null, "sentAt": null},
            ],
        }));
        assert_eq!(parsed.write_key.as_deref(), Some("k"));
        let messages: Vec<_> = parsed.messages.into_iter().map(Result::unwrap).collect();
        assert_eq!(messages[0].context["ip"], "10.0.0.1");
        assert_eq!(messages[0].sent_at.as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(messages[1].context["ip"], "10.0.0.2");
        assert_eq!(messages[1].context["library"]["name"], "lib");
        assert_eq!(messages[1].sent_at.as_deref(), Some("2026-01-02T00:00:00Z"));
        assert_eq!(messages[2], messages[0]);
    }

    #[test]
    fn one_bad_message_does_not_spoil_the_batch() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let body = format!(
            r#"{{"batch":[{{"type":"page","userId":"u"}},7,null,{{"type":"page","userId":"u","properties":{{"a":{deep}}}}},{{"type":"page"}}]}}"#
        );
        let parsed = batch(body.as_bytes()).unwrap();
        let expected = [
            None,
            Some(RejectReason::NotAnObject),
            Some(RejectReason::NotAnObject),
            Some(RejectReason::InvalidJson),
            Some(RejectReason::MissingIdentifier),
        ];
        assert_eq!(reasons(&parsed), expected);
    }

    #[test]
    fn a_message_may_have_32768_bytes_and_no_more() {
        let message = |bytes: usize| {
            let frame =
                json!({"type": "page", "userId": "u", "messageId": "m", "name": ""}).to_string();
            json!({"type": "page", "userId": "u", "messageId": "m", "name": "x".repeat(bytes - frame.len())})
        };
        assert_eq!(
            message(MESSAGE_BYTES_MAX).to_string().len(),
            MESSAGE_BYTES_MAX
        );
        let parsed =
            parse(json!({"batch": [message(MESSAGE_BYTES_MAX), message(MESSAGE_BYTES_MAX + 1)]}));
        assert_eq!(reasons(&parsed), [None, Some(RejectReason::TooLarge)]);
        assert_eq!(
            parsed.messages[1]
                .as_ref()
                .unwrap_err()
                .message_id
                .as_deref(),
            Some("m")
        );
    }

    #[test]
    fn a_batch_may_have_2500_messages_and_no_more() {
        let batch_of =
            |count| json!({"batch": vec![json!({"type": "page", "userId": "u"}); count]});
        assert_eq!(
            parse(batch_of(BATCH_MESSAGES_MAX)).messages.len(),
            BATCH_MESSAGES_MAX
        );
        refused(
            &batch_of(BATCH_MESSAGES_MAX + 1).to_string(),
            ErrorCode::TooLarge,
        );
        assert_eq!(parse(batch_of(0)).messages.len(), 0);
    }

    #[test]
    fn the_context_of_a_batch_is_bounded_by_what_it_comes_to() {
        let batch_of = |messages, bytes: usize| {
            let frame = json!({"a": ""}).to_string().len();
            json!({"context": {"a": "x".repeat(bytes - frame)}, "batch": vec![json!({"type": "page", "userId": "u"}); messages]})
        };
        let most = BATCH_CONTEXT_BYTES_MAX / BATCH_MESSAGES_MAX;
        assert_eq!(
            parse(batch_of(BATCH_MESSAGES_MAX, most)).messages.len(),
            BATCH_MESSAGES_MAX
        );
        refused(
            &batch_of(BATCH_MESSAGES_MAX, most + 1).to_string(),
            ErrorCode::TooLarge,
        );
        assert_eq!(parse(batch_of(10, 20_000)).messages.len(), 10);
    }

    #[test]
    fn refused_batches() {
        for body in [
            "",
            "{",
            "{\"batch\":[1,]}",
            "{\"batch\":[]} x",
            "nul",
            "[[[[",
        ] {
            refused(body, ErrorCode::InvalidJson);
        }
        for body in [
            "[]",
            "7",
            "{}",
            "{\"batch\":{}}",
            "{\"batch\":null}",
            "{\"batch\":[],\"context\":3}",
        ] {
            refused(body, ErrorCode::InvalidRequest);
        }
        assert_eq!(
            batch(b"{\"batch\":[\"\xff\"]}").unwrap_err().code,
            ErrorCode::InvalidJson
        );
    }
}
