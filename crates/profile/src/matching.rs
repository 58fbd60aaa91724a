//! Matching keys: the form in which two spellings of one identifier are equal.
//!
//! A matching key is a rule of identity resolution, not a name: unlike the canonical form it may be improved by a rules
//! epoch, because nothing is stored under it but the identity graph, which can be derived again.

use std::fmt;

use phonenumber::{Mode, Type, metadata::DATABASE};
use serde::{Deserialize, Serialize};

use crate::{Form, Identifier, KeyId, Namespace, NamespaceSpec, Region, WorkspaceSecret, digest};

/// What all spellings of an identifier have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MatchingKey {
    /// The namespace; keys of two namespaces never match.
    pub namespace: Namespace,
    /// The common value: E.164, a mailbox.
    pub value: String,
}

impl MatchingKey {
    pub(crate) fn of(identifier: &Identifier, spec: &NamespaceSpec, region: &Region) -> Self {
        let value = match spec.form {
            Form::Email => mailbox(&identifier.value),
            Form::Phone => e164(&identifier.value, region),
            Form::CaseFolded => handle(&identifier.value),
            Form::Verbatim | Form::Uuid => identifier.value.clone(),
        };
        MatchingKey {
            namespace: identifier.namespace.clone(),
            value,
        }
    }

    /// Its id in a workspace: the node of the identity graph.
    pub fn id(&self, secret: &WorkspaceSecret) -> KeyId {
        KeyId(digest::keyed(
            secret,
            b"acquaint key 1",
            self.namespace.as_str(),
            &self.value,
        ))
    }
}

impl fmt::Display for MatchingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.value)
    }
}

/// A handle without the `@` that some write before it.
fn handle(value: &str) -> String {
    let bare = value.trim_start_matches('@');
    if bare.is_empty() {
        value.to_owned()
    } else {
        bare.to_lowercase()
    }
}

/// The mailbox that an address reaches: without its plus tag; at Google's mail without dots, under one domain.
fn mailbox(email: &str) -> String {
    let email = email.to_lowercase();
    let Some((mailbox, domain)) = email.split_once('@') else {
        return email;
    };
    let untagged = match mailbox.split_once('+') {
        Some((untagged, _)) if !untagged.is_empty() => untagged,
        _ => mailbox,
    };
    match domain {
        "gmail.com" | "googlemail.com" => {
            let undotted = untagged.replace('.', "");
            format!(
                "{}@gmail.com",
                if undotted.is_empty() {
                    untagged
                } else {
                    &undotted
                }
            )
        }
        _ => format!("{untagged}@{domain}"),
    }
}

/// The number as E.164 if its length is possible, whether or not it is in use; else as it is.
///
/// Numbering plans change faster than software: refusing numbers that are not known to be in use would split people whose
/// numbers are new. For the same reason the library's reading is checked: it strips a national prefix from numbers that
/// only begin with the same digit (`800 555 3535` in Russia), and then the number is taken as a whole.
fn e164(phone: &str, region: &Region) -> String {
    // Under a default region the library would strip that region's prefix from a foreign number, too.
    let country = (!phone.starts_with('+')).then(|| region.country());
    if let Ok(number) = phonenumber::parse(country, phone)
        && is_possible(number.country().code(), &number.national().to_string())
    {
        return number.format().mode(Mode::E164).to_string();
    }
    let code = country.and_then(|country| Some(DATABASE.by_id(country.as_ref())?.country_code()));
    match code {
        Some(code) if is_possible(code, phone) => format!("+{code}{phone}"),
        _ => phone.to_owned(),
    }
}

/// Whether numbers of this length exist in a country that has this code: numbers of people and of businesses, not the
/// short ones of pagers and switchboards, which a number that is merely wrong would match.
fn is_possible(code: u16, national: &str) -> bool {
    const TYPES: [Type; 7] = [
        Type::FixedLine,
        Type::Mobile,
        Type::TollFree,
        Type::PremiumRate,
        Type::SharedCost,
        Type::PersonalNumber,
        Type::Voip,
    ];
    let plans = DATABASE.by_code(&code).unwrap_or_default();
    plans.into_iter().any(|plan| {
        let numbers = TYPES
            .iter()
            .filter_map(|kind| plan.descriptors().get(*kind));
        let mut lengths = numbers.flat_map(|numbers| numbers.possible_length());
        lengths.any(|length| usize::from(*length) == national.len())
    })
}
