//! The omnichannel sample as evidence. Identifiers are brought to canonical form crudely; `profile` does it properly.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use acquaint_identity::{
    Day, Evidence, EvidenceIdentifier, IdentifierId, NodeId, Rank, Source, StrandId, Trust, ValueId,
};
use serde_json::Value;

/// Where the sample stands beside the repository.
pub(crate) fn directory() -> PathBuf {
    // Asked when run: work trees share a target directory, and the build of one serves the others.
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into());
    Path::new(&crate_dir).join("../../../shared/data/omnichannel-1k")
}

/// The messages, in order of arrival.
pub(crate) fn messages(directory: &Path) -> Vec<Message> {
    read(directory, "events.ndjson")
        .lines()
        .filter_map(|line| message(&serde_json::from_str(line).ok()?))
        .collect()
}

/// The built-in namespaces.
pub(crate) const NAMESPACES: [(&str, bool); 8] = [
    ("user_id", true),
    ("email", false),
    ("social", false),
    ("phone", false),
    ("loyalty_id", false),
    ("device_id", false),
    ("advertising_id", false),
    ("anonymous_id", false),
];

/// A message as far as identity cares.
pub(crate) struct Message {
    /// The message id.
    pub(crate) id: String,
    /// What it says about identity.
    pub(crate) evidence: Evidence,
}

/// A packed file of the sample.
pub(crate) fn read(directory: &Path, name: &str) -> String {
    let mut text = String::new();
    let packed = std::fs::File::open(directory.join(format!("{name}.gz"))).unwrap();
    flate2::read::GzDecoder::new(packed)
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// What a message says, when it names anybody.
pub(crate) fn message(json: &Value) -> Option<Message> {
    let text = |path: &str| json.pointer(path).and_then(Value::as_str);
    let mut identifiers: BTreeMap<IdentifierId, EvidenceIdentifier> = BTreeMap::new();
    let mut add = |name: &str, raw: &str| {
        if let Some(identifier) = identifier(name, raw) {
            identifiers.insert(identifier.id, identifier);
        }
    };
    let mut given = |name: &str, path: &str| text(path).map(|raw| add(name, raw));
    given("user_id", "/userId");
    given("anonymous_id", "/anonymousId");
    given("anonymous_id", "/previousId");
    given("email", "/traits/email");
    given("phone", "/traits/phone");
    given("device_id", "/context/device/id");
    if json.pointer("/context/device/adTrackingEnabled") != Some(&Value::Bool(false)) {
        given("advertising_id", "/context/device/advertisingId");
    }
    for external in json
        .pointer("/context/externalIds")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        add(external["type"].as_str()?, external["id"].as_str()?);
    }
    let mut identifiers: Vec<EvidenceIdentifier> = identifiers.into_values().collect();
    identifiers.sort_by_key(|identifier| (identifier.rank, identifier.id));
    let anchor = identifiers.first()?.id;
    let strand: String = identifiers
        .iter()
        .map(|identifier| format!("{}/{}\n", identifier.rank.0, identifier.canonical))
        .collect();
    let id = text("/messageId")?.to_owned();
    let days = BTreeSet::from([day(text("/timestamp")?)]);
    let one_of = |paths: [&str; 2]| {
        paths
            .into_iter()
            .find_map(text)
            .map(|value| (value.to_lowercase(), days.clone()))
    };
    let evidence = Evidence {
        strand: StrandId(ValueId::of(&strand).0),
        source: Source(
            text("/context/library/name")
                .unwrap_or("unknown")
                .to_owned(),
        ),
        revision: 0,
        trust: if text("/context/library/name") == Some("analytics-node") {
            Trust::Server
        } else {
            Trust::Public
        },
        anchor,
        identifiers,
        alias: text("/type") == Some("alias"),
        first_names: one_of(["/traits/firstName", "/context/traits/firstName"])
            .into_iter()
            .collect(),
        birth_dates: one_of(["/traits/birthday", "/context/traits/birthday"])
            .into_iter()
            .collect(),
        days,
    };
    Some(Message { id, evidence })
}

/// An identifier of a built-in namespace, unless its value is none.
pub(crate) fn identifier(name: &str, raw: &str) -> Option<EvidenceIdentifier> {
    let rank = NAMESPACES.iter().position(|(known, _)| *known == name)?;
    let canonical = match name {
        "user_id" | "social" => raw.trim().to_owned(),
        "phone" => raw.chars().filter(char::is_ascii_digit).collect(),
        _ => raw.trim().to_lowercase(),
    };
    if [
        "",
        "0",
        "-1",
        "null",
        "undefined",
        "none",
        "nan",
        "00000000-0000-0000-0000-000000000000",
    ]
    .contains(&canonical.as_str())
    {
        return None;
    }
    let key = match name {
        "phone" => format!("+1{}", &canonical[canonical.len().saturating_sub(10)..]),
        "email" => mailbox(&canonical),
        _ => canonical.to_lowercase(),
    };
    Some(EvidenceIdentifier {
        id: IdentifierId(ValueId::of(&format!("id {name}:{canonical}")).0),
        rank: Rank(u8::try_from(rank).ok()?),
        node: NodeId(ValueId::of(&format!("{name}:{key}")).0),
        canonical,
        key,
    })
}

fn mailbox(address: &str) -> String {
    let Some((user, domain)) = address.split_once('@') else {
        return address.to_owned();
    };
    let user = user.split('+').next().unwrap_or(user);
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", user.replace('.', "")),
        _ => format!("{user}@{domain}"),
    }
}

/// Days since 1970 of an RFC 3339 time in UTC.
fn day(time: &str) -> Day {
    let number = |range: std::ops::Range<usize>| time[range].parse::<i64>().unwrap();
    let (mut year, month, day) = (number(0..4), number(5..7), number(8..10));
    // Count years from March, so that the leap day is the last of its year.
    year -= i64::from(month <= 2);
    let days_before = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + days_before - 719_468;
    Day(u32::try_from(days).unwrap())
}
