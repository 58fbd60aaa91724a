//! When an interaction took place.
//!
//! - `timestamp` is taken as it is, unless the sender's clock is known to be wrong: `sentAt` tells what it showed at sending.
//!   A difference to our clock within [`CLOCK_TOLERANCE_MS`] is latency and retries, and changes nothing, so that a retry has
//!   the time of the first try; a greater one is a wrong clock, and the time is moved by it.
//! - `originalTimestamp` is what Segment calls an uncorrected time; where both are given, `timestamp` has been corrected.
//! - A time later than receipt by more than [`FUTURE_TOLERANCE_MS`] becomes the receipt time, and the interaction says so.
//! - Without any, the time is that of receipt.

use acquaint_api::tracking::Message;
use acquaint_profile::Timestamp;

/// Difference between the clocks of sender and receiver that says nothing about them.
const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1_000;
/// How far in the future a time may lie.
const FUTURE_TOLERANCE_MS: i64 = 5 * 60 * 1_000;

/// The time of an interaction, and whether it had to be clamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) time: Timestamp,
    pub(super) clamped: bool,
}

/// The time of a message received at `received`; the error says which member is wrong.
pub(super) fn resolve(message: &Message, received: Timestamp) -> Result<Resolved, String> {
    let sent = parse("sentAt", message.sent_at.as_deref())?;
    let given = parse("timestamp", message.timestamp.as_deref())?;
    let original = parse("originalTimestamp", message.original_timestamp.as_deref())?;
    let time = match (given, original) {
        (Some(corrected), Some(_)) => corrected,
        (Some(time), None) | (None, Some(time)) => correct(time, sent, received),
        (None, None) => received,
    };
    if time.0 > received.0.saturating_add(FUTURE_TOLERANCE_MS) {
        return Ok(Resolved {
            time: received,
            clamped: true,
        });
    }
    let time = time
        .checked()
        .map_err(|_| format!("the time {time} lies before 1970, which no channel can have seen"))?;
    Ok(Resolved {
        time,
        clamped: false,
    })
}

/// `receivedAt − (sentAt − originalTimestamp)`, when the clocks differ.
fn correct(time: Timestamp, sent: Option<Timestamp>, received: Timestamp) -> Timestamp {
    let Some(sent) = sent else {
        return time;
    };
    let difference = received.0.saturating_sub(sent.0);
    if difference.saturating_abs() <= CLOCK_TOLERANCE_MS {
        time
    } else {
        Timestamp(time.0.saturating_add(difference))
    }
}

fn parse(member: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    text.map(|text| Timestamp::parse_rfc3339(text).map_err(|error| format!("`{member}`: {error}")))
        .transpose()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    const RECEIVED: &str = "2026-01-31T12:00:00.000Z";

    fn resolved(members: Value) -> Result<Resolved, String> {
        let mut message = json!({"type": "page", "userId": "u"});
        for (name, value) in members.as_object().unwrap() {
            message[name] = value.clone();
        }
        let message = Message::from_json(message, None).unwrap();
        resolve(&message, Timestamp::parse_rfc3339(RECEIVED).unwrap())
    }

    fn check(members: Value, expected: &str, clamped: bool) {
        let resolved = resolved(members.clone()).unwrap();
        assert_eq!(resolved.time.to_string(), expected, "{members}");
        assert_eq!(resolved.clamped, clamped, "{members}");
    }

    #[test]
    fn times() {
        check(json!({}), RECEIVED, false);
        check(
            json!({"timestamp": "2025-06-01T10:00:00+02:00"}),
            "2025-06-01T08:00:00.000Z",
            false,
        );
        // A retry a minute later has the same time.
        check(
            json!({"timestamp": "2026-01-31T11:58:00Z", "sentAt": "2026-01-31T11:59:00Z"}),
            "2026-01-31T11:58:00.000Z",
            false,
        );
        // A clock that is a day slow.
        check(
            json!({"timestamp": "2026-01-30T11:59:50Z", "sentAt": "2026-01-30T12:00:00Z"}),
            "2026-01-31T11:59:50.000Z",
            false,
        );
        check(
            json!({"originalTimestamp": "2026-02-01T11:59:50Z", "sentAt": "2026-02-01T12:00:00Z"}),
            "2026-01-31T11:59:50.000Z",
            false,
        );
        // Both: somebody has corrected it already.
        check(
            json!({"timestamp": "2026-01-31T11:00:00Z", "originalTimestamp": "2026-01-30T11:00:00Z",
                "sentAt": "2026-01-30T11:00:01Z"}),
            "2026-01-31T11:00:00.000Z",
            false,
        );
        check(
            json!({"timestamp": "2026-01-31T12:05:00Z"}),
            "2026-01-31T12:05:00.000Z",
            false,
        );
        check(json!({"timestamp": "2026-01-31T12:05:01Z"}), RECEIVED, true);
    }

    #[test]
    fn what_is_no_time() {
        for text in ["yesterday", "1735689600", "1969-12-31T23:59:59Z"] {
            assert!(resolved(json!({"timestamp": text})).is_err(), "{text}");
        }
    }
}
