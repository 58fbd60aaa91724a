//! What is different between two sets of rules, key by key, for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::{NamespaceRule, Rules, Sharing};

/// A key whose value is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// The key, with the namespace that it holds for: `email.neighbours_max.anonymous_id`.
    pub key: String,
    /// What was there and is no more. A number has one value; a list, those that were taken out.
    pub before: Vec<String>,
    /// What is new there.
    pub after: Vec<String>,
}

impl fmt::Display for RuleChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([before], [after]) = (self.before.as_slice(), self.after.as_slice()) {
            return write!(formatter, "{}: {before} → {after}", self.key);
        }
        let taken = self.before.iter().map(|value| format!("-{value}"));
        let added = self.after.iter().map(|value| format!("+{value}"));
        let all: Vec<String> = taken.chain(added).collect();
        write!(formatter, "{}: {}", self.key, all.join(", "))
    }
}

impl Rules {
    /// The keys that `new` has other values for, in order. None: both give the same partition.
    #[must_use]
    pub fn changes_to(&self, new: &Self) -> Vec<RuleChange> {
        let (mut before, mut after) = (values(self), values(new));
        let keys: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
        let changes = keys.into_iter().filter_map(|key| {
            let before = before.remove(&key).unwrap_or_default();
            let after = after.remove(&key).unwrap_or_default();
            let only = |here: &BTreeSet<String>, there: &BTreeSet<String>| -> Vec<String> {
                here.difference(there).cloned().collect()
            };
            let change = RuleChange {
                key,
                before: only(&before, &after),
                after: only(&after, &before),
            };
            (!change.before.is_empty() || !change.after.is_empty()).then_some(change)
        });
        changes.collect()
    }
}

type Values = BTreeMap<String, BTreeSet<String>>;

/// Every key with its values. Each field is named, so that a new one cannot be forgotten.
fn values(rules: &Rules) -> Values {
    let Rules {
        namespaces,
        nicknames,
        mailbox_dominance,
        owner_dominance,
        handed_on_days_min,
        name_days_min,
        operator_foreign_min,
        typo_days_max,
        typo_edits_max,
        profile_nodes_max,
        region_nodes_max,
        work_max,
    } = rules;
    let numbers = [
        ("ratios.mailbox_dominance", mailbox_dominance),
        ("ratios.owner_dominance", owner_dominance),
        ("thresholds.handed_on_days_min", handed_on_days_min),
        ("thresholds.name_days_min", name_days_min),
        ("thresholds.operator_foreign_min", operator_foreign_min),
        ("thresholds.typo_days_max", typo_days_max),
        ("thresholds.typo_edits_max", typo_edits_max),
        ("limits.profile_nodes_max", profile_nodes_max),
        ("limits.region_nodes_max", region_nodes_max),
        ("limits.work_max", work_max),
    ];
    let mut values: Values = numbers
        .into_iter()
        .map(|(key, number)| (key.to_owned(), BTreeSet::from([number.to_string()])))
        .collect();
    let names = |group: &BTreeSet<String>| group.iter().cloned().collect::<Vec<_>>().join(" ");
    let groups = nicknames.iter().map(names).collect();
    values.insert("nicknames.groups".to_owned(), groups);
    for rule in namespaces {
        namespace(rule, namespaces, &mut values);
    }
    values
}

fn namespace(rule: &NamespaceRule, all: &[NamespaceRule], values: &mut Values) {
    let NamespaceRule {
        name,
        exclusive,
        layer,
        sharing,
        describes,
        per_profile_max,
        neighbours_max,
        tiers,
        blocked,
        blocked_patterns,
    } = rule;
    let mut put = |key: &str, value: String| {
        values.insert(format!("{name}.{key}"), BTreeSet::from([value]));
    };
    put("exclusive", exclusive.to_string());
    put("layer", layer.to_string());
    put("describes", describes.to_string());
    put("per_profile_max", per_profile_max.to_string());
    if *layer > 0 {
        put("sharing", word(*sharing).to_owned());
    }
    let with_others = all.iter().map(|other| &other.name);
    for (other, (cap, tier)) in with_others.zip(neighbours_max.iter().zip(tiers)) {
        put(&format!("neighbours_max.{other}"), cap.to_string());
        put(&format!("tiers.{other}"), tier.to_string());
    }
    let patterns = blocked_patterns.iter().cloned().map(String::from);
    values.insert(format!("{name}.blocked"), blocked.clone());
    values.insert(format!("{name}.blocked_patterns"), patterns.collect());
}

/// As a file says it.
fn word(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::ByName => "by-name",
        Sharing::ByDay => "by-day",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NAMESPACES: [(&str, bool); 3] =
        [("user_id", true), ("email", false), ("anonymous_id", false)];

    fn check(text: &str, expected: &[&str]) {
        let changed = Rules::parse(text, &NAMESPACES).unwrap();
        let changes = Rules::standard(&NAMESPACES).changes_to(&changed);
        let told: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_the_same_is_not_told() {
        check("", &[]);
        check("[ratios]\nowner_dominance = 4\n", &[]);
        // In another order.
        check(
            "[kinds.mailbox]\nblocked_patterns = ['^(x+|0+|na|n\\.a)@', '@(localhost|invalid|test)$', \
             '^(no-?reply|do-?not-?reply|mailer-daemon|postmaster|noemail|nomail|none|unknown)@']\n",
            &[],
        );
    }

    #[test]
    fn numbers_words_and_lists_are_told() {
        check(
            "[ratios]\nowner_dominance = 2\n[kinds.browser]\nsharing = \"by-name\"\n[kinds.mailbox.neighbours_max]\n\
             browser = 50\n[tiers.account]\nmailbox = 7\n",
            &[
                "anonymous_id.sharing: by-day → by-name",
                "email.neighbours_max.anonymous_id: 500 → 50",
                "email.tiers.user_id: 1 → 7",
                "ratios.owner_dominance: 4 → 2",
                "user_id.tiers.email: 1 → 7",
            ],
        );
        check(
            "[kinds.mailbox]\nalso_blocked = [\"office@shop.example\"]\n[nicknames]\nalso_groups = [[\"johann\", \"hans\"]]\n",
            &[
                "email.blocked: +office@shop.example",
                "nicknames.groups: +hans johann",
            ],
        );
    }

    #[test]
    fn another_kind_changes_all_of_it() {
        let changed = Rules::parse("[namespaces]\nemail = \"phone\"\n", &NAMESPACES).unwrap();
        let changes = Rules::standard(&NAMESPACES).changes_to(&changed);
        let told: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert!(told.contains(&"email.layer: 0 → 1".to_owned()), "{told:?}");
        assert!(
            told.contains(&"email.sharing: +by-name".to_owned()),
            "{told:?}"
        );
    }
}
