//! Anonymous ids for messages that carry other identifiers only.
//!
//! - The tracking API wants a user or an anonymous id in every message. A list of customers by email, phone or card has
//!   neither; its rows get an anonymous id that is a hash of the identifiers in them.
//! - The id says nothing new about who is who: equal identifiers in any spelling of the same canonical form give the same
//!   id, and other identifiers another one.
//! - A placeholder (`none`, `-`) is no identifier. A message with nothing else stays without an id, and is rejected.
//! - The form is frozen; changing it would give earlier rows other identifiers when they are imported again.

use std::collections::BTreeSet;

use acquaint_profile::{Form, Identifier, Namespace, NamespaceSpec, Namespaces, Strength};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a derived id.
const DIGITS: usize = 24;

/// Sees to it that a message with identifiers has a user or an anonymous id.
pub(super) fn ensure(message: &mut Map<String, Value>) {
    let given = ["userId", "anonymousId"]
        .iter()
        .any(|member| match message.get(*member) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            // A number, say, is for the node to judge.
            Some(_) => true,
        });
    // Half an alias says nothing; it is for the node to reject.
    if given || message.get("type").and_then(Value::as_str) == Some("alias") {
        return;
    }
    let identifiers = identifiers(message);
    if !identifiers.is_empty() {
        message.insert("anonymousId".to_owned(), derive(&identifiers).into());
    }
}

fn derive(identifiers: &BTreeSet<Identifier>) -> String {
    let mut hash = Sha256::new();
    for identifier in identifiers {
        // No canonical value holds a control character.
        hash.update(format!("{identifier}\n"));
    }
    let mut digits = data_encoding::HEXLOWER.encode(&hash.finalize());
    digits.truncate(DIGITS);
    format!("contact-{digits}")
}

/// What the message says of how somebody is reached: email, phone and external ids, where the node reads them.
fn identifiers(message: &Map<String, Value>) -> BTreeSet<Identifier> {
    let namespaces = Namespaces::builtin();
    let context = message.get("context").and_then(Value::as_object);
    let of_group = message.get("type").and_then(Value::as_str) == Some("group");
    let traits = message.get("traits").filter(|_| !of_group);
    let more_traits = context.and_then(|context| context.get("traits"));
    let external_ids = context.and_then(|context| context.get("externalIds"));
    let mut found = BTreeSet::new();
    for traits in [traits, more_traits].into_iter().flatten() {
        for namespace in ["email", "phone"] {
            found.extend(identifier(&namespaces, namespace, traits.get(namespace)));
        }
    }
    let entries = external_ids.and_then(Value::as_array);
    for entry in entries.into_iter().flatten() {
        let is = |member: &str, expected: &str| {
            let given = entry.get(member).and_then(Value::as_str);
            given.is_none_or(|given| given == expected)
        };
        let namespace = entry.get("type").and_then(Value::as_str);
        if let Some(namespace) = namespace
            && is("collection", "users")
            && is("encoding", "none")
        {
            found.extend(identifier(&namespaces, namespace, entry.get("id")));
        }
    }
    found
}

fn identifier(namespaces: &Namespaces, name: &str, value: Option<&Value>) -> Option<Identifier> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    match namespaces.get(name) {
        Some((_, spec)) => Identifier::parse(spec, &text).ok(),
        // One of the workspace's own, whose form only the node knows.
        None => {
            let name: Namespace = name.parse().ok()?;
            let spec = NamespaceSpec {
                name,
                strength: Strength::Weak,
                form: Form::Verbatim,
                exclusive: false,
            };
            Identifier::parse(&spec, &text).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn ensured(message: Value) -> Value {
        let mut message = message.as_object().unwrap().clone();
        ensure(&mut message);
        message.remove("anonymousId").unwrap_or_default()
    }

    #[test]
    fn spellings_of_one_identifier_share_an_id_and_others_have_their_own() {
        let id = ensured(json!({"type": "identify", "traits": {"email": "Ada@Example.com "}}));
        assert!(id.as_str().unwrap().starts_with("contact-"));
        assert_eq!(
            id,
            ensured(json!({"context": {"traits": {"email": "ada@example.com"}}}))
        );
        assert_ne!(id, ensured(json!({"traits": {"email": "bob@example.com"}})));
        let both = json!({"traits": {"email": "ada@example.com", "phone": 12025550123_u64}});
        assert_ne!(id, ensured(both));
    }

    #[test]
    fn the_derived_form_is_frozen() {
        let id = ensured(json!({"traits": {"email": "ada@example.com"}}));
        assert_eq!(id, "contact-f52e1761513760088e5b63c1");
    }

    #[test]
    fn cards_and_own_namespaces_count() {
        let external = |entry: Value| json!({"context": {"externalIds": [entry]}});
        let card = ensured(external(
            json!({"id": "K1", "type": "loyalty_id", "collection": "users"}),
        ));
        assert_eq!(
            card,
            ensured(external(json!({"id": "k1", "type": "loyalty_id"})))
        );
        assert!(ensured(external(json!({"id": "7", "type": "crm_id"}))).is_string());
        assert!(
            ensured(external(
                json!({"id": "7", "type": "crm_id", "collection": "accounts"})
            ))
            .is_null()
        );
    }

    #[test]
    fn what_identifies_nobody_gets_no_id() {
        for message in [
            json!({"type": "track", "event": "Lost"}),
            json!({"traits": {"email": "none", "phone": "-"}}),
            json!({"type": "group", "groupId": "g", "traits": {"email": "office@example.com"}}),
            json!({"type": "alias", "previousId": "p", "context": {"traits": {"email": "a@example.com"}}}),
            json!({"userId": "u", "traits": {"email": "a@example.com"}}),
        ] {
            assert!(ensured(message.clone()).is_null(), "{message}");
        }
        let given = json!({"anonymousId": "a", "traits": {"email": "a@example.com"}});
        assert_eq!(ensured(given), "a");
    }
}
