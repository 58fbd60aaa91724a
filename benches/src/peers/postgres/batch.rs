//! Messages as arrays, a column each, and united where they share an identifier.

use std::collections::HashMap;

use crate::peers::PeerMessage;

/// The columns of interactions, an element for each message.
#[derive(Debug, Default)]
pub(super) struct Columns<'a> {
    pub(super) message_ids: Vec<&'a str>,
    pub(super) times: Vec<i64>,
    pub(super) channels: Vec<&'a str>,
    pub(super) kinds: Vec<&'a str>,
    pub(super) events: Vec<&'a str>,
    pub(super) bodies: Vec<String>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(batch: &'a [PeerMessage]) -> Self {
        let mut columns = Self::default();
        for message in batch {
            columns.message_ids.push(&message.message_id);
            columns.times.push(message.time_millis);
            columns.channels.push(&message.channel);
            columns.kinds.push(&message.kind);
            columns.events.push(&message.event);
            columns.bodies.push(body(message));
        }
        columns
    }
}

/// Traits and properties, where there are some, as one JSON object.
fn body(message: &PeerMessage) -> String {
    match (message.traits.as_str(), message.properties.as_str()) {
        ("", "") => "{}".to_owned(),
        ("", properties) => format!(r#"{{"properties":{properties}}}"#),
        (traits, "") => format!(r#"{{"traits":{traits}}}"#),
        (traits, properties) => format!(r#"{{"traits":{traits},"properties":{properties}}}"#),
    }
}

/// An identifier as the tables have it.
pub(super) fn name(namespace: &str, value: &str) -> String {
    format!("{namespace}:{value}")
}

/// Groups of messages that share identifiers within a batch, numbered from 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    /// The group of each of `names`.
    pub(super) groups: Vec<i32>,
    /// Every identifier once.
    pub(super) names: Vec<String>,
    /// The group of each message.
    pub(super) message_groups: Vec<i32>,
}

impl People {
    pub(super) fn of(batch: &[PeerMessage]) -> Self {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut parents: Vec<usize> = Vec::new();
        let mut place_of = |name: String, parents: &mut Vec<usize>| {
            *places.entry(name).or_insert_with(|| {
                parents.push(parents.len());
                parents.len() - 1
            })
        };
        let mut firsts = Vec::with_capacity(batch.len());
        for message in batch {
            let mut first = None;
            for (namespace, value) in &message.identifiers {
                let place = place_of(name(namespace, value), &mut parents);
                unite(&mut parents, *first.get_or_insert(place), place);
            }
            // A message without any identifier is a person of its own.
            let alone = || place_of(name("message", &message.message_id), &mut parents);
            firsts.push(first.unwrap_or_else(alone));
        }
        let mut numbers: HashMap<usize, i32> = HashMap::new();
        let mut number = |place, parents: &mut [usize]| {
            let root = root(parents, place);
            let next = numbers.len() as i32 + 1;
            *numbers.entry(root).or_insert(next)
        };
        let mut people = Self::default();
        for first in firsts {
            people.message_groups.push(number(first, &mut parents));
        }
        for (name, place) in places {
            people.groups.push(number(place, &mut parents));
            people.names.push(name);
        }
        people
    }
}

fn root(parents: &mut [usize], mut place: usize) -> usize {
    while parents[place] != place {
        parents[place] = parents[parents[place]];
        place = parents[place];
    }
    place
}

fn unite(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, identifiers: &[(&str, &str)]) -> PeerMessage {
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        PeerMessage {
            message_id: id.to_owned(),
            identifiers: identifiers.iter().map(owned).collect(),
            ..PeerMessage::default()
        }
    }

    #[test]
    fn messages_that_share_an_identifier_are_one_group() {
        let batch = [
            message("1", &[("user_id", "a")]),
            message("2", &[("user_id", "b"), ("email", "b@x")]),
            message("3", &[("email", "b@x"), ("user_id", "a")]),
            message("4", &[("user_id", "c")]),
            message("5", &[]),
        ];
        let people = People::of(&batch);
        assert_eq!(people.message_groups, [1, 1, 1, 2, 3]);
        let mut pairs: Vec<_> = people.groups.iter().zip(&people.names).collect();
        pairs.sort();
        let expected = [
            (1, "email:b@x"),
            (1, "user_id:a"),
            (1, "user_id:b"),
            (2, "user_id:c"),
            (3, "message:5"),
        ];
        assert!(
            pairs
                .iter()
                .map(|(group, name)| (**group, name.as_str()))
                .eq(expected)
        );
    }

    #[test]
    fn bodies_hold_what_is_there() {
        let mut message = message("1", &[]);
        assert_eq!(body(&message), "{}");
        message.traits = r#"{"a":1}"#.to_owned();
        assert_eq!(body(&message), r#"{"traits":{"a":1}}"#);
        message.properties = "{}".to_owned();
        assert_eq!(body(&message), r#"{"traits":{"a":1},"properties":{}}"#);
    }
}
