//! Brings rules by kind to the namespaces of a workspace.

use std::collections::BTreeSet;

use super::bounds::{
    BLOCKED_BYTES_MAX, BLOCKED_MAX, NICKNAME_BYTES_MAX, NICKNAME_GROUPS_MAX, NICKNAMES_MAX,
    PATTERN_BYTES_MAX, PATTERNS_MAX,
};
use super::by_kind::Kind;
use super::error::Place;
use super::sections::{KindSection, RulesFile};
use crate::{BlockedPattern, NamespaceRule, Rules, Sharing};

/// The rules for namespaces given as (name, exclusive), the strongest first.
pub(super) fn compile(file: &RulesFile, namespaces: &[(&str, bool)]) -> Result<Rules, Place> {
    check_tiers(file)?;
    check_limits(file)?;
    for kind in Kind::ALL {
        check_sharing(kind, file.kinds.get(kind))?;
    }
    let kinds = kinds(file, namespaces)?;
    let mut rules = Vec::with_capacity(namespaces.len());
    for ((name, exclusive), kind) in namespaces.iter().zip(&kinds) {
        rules.push(namespace(file, (name, *exclusive), *kind, &kinds)?);
    }
    Ok(Rules {
        namespaces: rules,
        nicknames: nicknames(file)?,
        mailbox_dominance: file.ratios.mailbox_dominance.0,
        owner_dominance: file.ratios.owner_dominance.0,
        handed_on_days_min: file.thresholds.handed_on_days_min.0,
        name_days_min: file.thresholds.name_days_min.0,
        operator_foreign_min: file.thresholds.operator_foreign_min.0,
        typo_days_max: file.thresholds.typo_days_max.0,
        typo_edits_max: file.thresholds.typo_edits_max.0,
        profile_nodes_max: file.limits.profile_nodes_max.0,
        region_nodes_max: file.limits.region_nodes_max.0,
        work_max: file.limits.work_max.0,
    })
}

fn namespace(
    file: &RulesFile,
    (name, exclusive): (&str, bool),
    kind: Kind,
    kinds: &[Kind],
) -> Result<NamespaceRule, Place> {
    let section = file.kinds.get(kind);
    let caps = kinds
        .iter()
        .map(|to| section.neighbours_max.get(*to).0)
        .collect();
    let tiers: Result<Vec<u8>, Place> = kinds.iter().map(|to| tier(file, kind, *to)).collect();
    Ok(NamespaceRule {
        name: name.to_owned(),
        exclusive,
        layer: layer(section),
        // Nobody asks what becomes of a person who is shared.
        sharing: section.sharing.unwrap_or(Sharing::ByName),
        describes: section.describes,
        per_profile_max: if exclusive {
            file.limits.exclusive_per_profile_max.0
        } else {
            section.per_profile_max.0
        },
        neighbours_max: caps,
        tiers: tiers?,
        blocked: blocked(file, kind)?,
        blocked_patterns: blocked_patterns(file, kind)?,
    })
}

fn layer(section: &KindSection) -> u8 {
    u8::try_from(section.layer.0).unwrap_or(u8::MAX)
}

/// The kind of each namespace: the one that the file names, else by what the workspace says of it.
fn kinds(file: &RulesFile, namespaces: &[(&str, bool)]) -> Result<Vec<Kind>, Place> {
    let mut after_things = false;
    let mut kinds = Vec::with_capacity(namespaces.len());
    for (name, exclusive) in namespaces {
        let named = file.namespaces.get(*name).copied();
        let own = &file.own_namespaces;
        let kind = named.unwrap_or(match (*exclusive, after_things) {
            (true, _) => own.exclusive,
            (false, true) => own.after_things,
            (false, false) => own.before_things,
        });
        let is_thing = layer(file.kinds.get(kind)) > 0;
        if is_thing && *exclusive {
            let message = format!(
                "the workspace says that a person has one value of `{name}`, so it names a person, and `{kind}` is of a layer \
                 of things: choose a kind of layer 0"
            );
            let key = match named {
                Some(_) => format!("namespaces.{name}"),
                None => "own_namespaces.exclusive".to_owned(),
            };
            return Err(Place::at(key, message));
        }
        after_things |= is_thing;
        kinds.push(kind);
    }
    Ok(kinds)
}

/// The tier of a pair, whichever of the two is named first.
fn tier(file: &RulesFile, a: Kind, b: Kind) -> Result<u8, Place> {
    let (first, second) = (a.min(b), a.max(b));
    let tier = file.tiers.get(first).get(second);
    tier.as_ref()
        .and_then(|tier| u8::try_from(tier.0).ok())
        .ok_or_else(|| Place::at(format!("tiers.{first}.{second}"), "it is missing"))
}

fn check_tiers(file: &RulesFile) -> Result<(), Place> {
    for first in Kind::ALL {
        let stands =
            |second: &Kind| *second < first && file.tiers.get(first).get(*second).is_some();
        if let Some(second) = Kind::ALL.into_iter().find(stands) {
            return Err(Place::at(
                format!("tiers.{first}.{second}"),
                format!("a pair stands once: write `{first} = …` under [tiers.{second}]"),
            ));
        }
    }
    Ok(())
}

/// What a region cannot hold is never repaired.
fn check_limits(file: &RulesFile) -> Result<(), Place> {
    let (profile, region) = (
        file.limits.profile_nodes_max.0,
        file.limits.region_nodes_max.0,
    );
    if region < profile.saturating_mul(2) {
        return Err(Place::at(
            "limits.region_nodes_max",
            format!(
                "{region} is too small: two profiles of limits.profile_nodes_max = {profile} must fit, so that they can be \
                 compared"
            ),
        ));
    }
    Ok(())
}

fn check_sharing(kind: Kind, section: &KindSection) -> Result<(), Place> {
    if section.layer.0 > 0 && section.sharing.is_none() {
        return Err(Place::at(
            format!("kinds.{kind}.sharing"),
            "a kind of a layer of things says what becomes of one with several owners: \"by-name\" or \"by-day\"",
        ));
    }
    Ok(())
}

/// A list with where it stands: a kind's own or that of all, and what is added to it.
type Listed<'a> = Vec<(String, &'a [String])>;

fn blocked(file: &RulesFile, kind: Kind) -> Result<BTreeSet<String>, Place> {
    let section = file.kinds.get(kind);
    let mut lists: Listed = match &section.blocked {
        Some(own) => vec![(format!("kinds.{kind}.blocked"), own)],
        None => vec![
            (
                "placeholders.blocked".to_owned(),
                &file.placeholders.blocked,
            ),
            (
                "placeholders.also_blocked".to_owned(),
                &file.placeholders.also_blocked,
            ),
        ],
    };
    lists.push((format!("kinds.{kind}.also_blocked"), &section.also_blocked));
    let mut keys = BTreeSet::new();
    for (place, list) in lists {
        for key in list {
            check_blocked(kind, key).map_err(|message| Place::at(&place, message))?;
            keys.insert(key.clone());
        }
        check_length(&place, keys.len(), BLOCKED_MAX)?;
    }
    Ok(keys)
}

/// A value that is not written as values are compared would block nothing, and nobody would notice.
fn check_blocked(kind: Kind, key: &str) -> Result<(), String> {
    if key.trim() != key || key.is_empty() || key.len() > BLOCKED_BYTES_MAX {
        return Err(format!(
            "`{key}` is not a value: 1 to {BLOCKED_BYTES_MAX} bytes without spaces around"
        ));
    }
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        Kind::Mailbox if key.to_lowercase() != key => Err(format!(
            "addresses are compared in small letters, write `{}`",
            key.to_lowercase()
        )),
        Kind::Mailbox
            if key
                .split('@')
                .next()
                .is_some_and(|local| local.contains('+')) =>
        {
            Err(format!(
                "addresses are compared without what follows a +: take it out of `{key}`"
            ))
        }
        Kind::Phone if !key.strip_prefix('+').is_some_and(is_number) => Err(format!(
            "numbers are compared with their country and without spaces: write `{key}` like \"+15550109999\""
        )),
        _ => Ok(()),
    }
}

fn blocked_patterns(file: &RulesFile, kind: Kind) -> Result<Vec<BlockedPattern>, Place> {
    let section = file.kinds.get(kind);
    let all = &file.placeholders;
    let mut lists: Listed = match &section.blocked_patterns {
        Some(own) => vec![(format!("kinds.{kind}.blocked_patterns"), own)],
        None => vec![
            (
                "placeholders.blocked_patterns".to_owned(),
                &all.blocked_patterns,
            ),
            (
                "placeholders.also_blocked_patterns".to_owned(),
                &all.also_blocked_patterns,
            ),
        ],
    };
    lists.push((
        format!("kinds.{kind}.also_blocked_patterns"),
        &section.also_blocked_patterns,
    ));
    let mut patterns = Vec::new();
    for (place, list) in lists {
        for text in list {
            if text.is_empty() || text.len() > PATTERN_BYTES_MAX {
                let message = format!("`{text}` is not a pattern: 1 to {PATTERN_BYTES_MAX} bytes");
                return Err(Place::at(place, message));
            }
            let pattern = BlockedPattern::bounded(text);
            patterns.push(pattern.map_err(|message| Place::at(&place, message))?);
        }
        check_length(&place, patterns.len(), PATTERNS_MAX)?;
    }
    Ok(patterns)
}

fn nicknames(file: &RulesFile) -> Result<Vec<BTreeSet<String>>, Place> {
    let names = &file.nicknames;
    let mut sets = Vec::new();
    for (place, groups) in [
        ("nicknames.groups", &names.groups),
        ("nicknames.also_groups", &names.also_groups),
    ] {
        for group in groups {
            if group.len() < 2 {
                return Err(Place::at(place, "a group has at least two names"));
            }
            check_length(place, group.len(), NICKNAMES_MAX)?;
            if let Some(name) = group.iter().find(|name| !is_name(name)) {
                let message = format!(
                    "`{name}` is not a name as names are compared: small letters, without spaces around, at most \
                     {NICKNAME_BYTES_MAX} bytes"
                );
                return Err(Place::at(place, message));
            }
            sets.push(group.iter().cloned().collect());
        }
        check_length(place, sets.len(), NICKNAME_GROUPS_MAX)?;
    }
    Ok(sets)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NICKNAME_BYTES_MAX
        && name.trim() == name
        && name.to_lowercase() == name
}

fn check_length(place: &str, length: usize, max: usize) -> Result<(), Place> {
    if length <= max {
        return Ok(());
    }
    Err(Place::at(
        place,
        format!("the list is too long: at most {max}"),
    ))
}
