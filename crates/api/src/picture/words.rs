//! What is said of a link, an identifier or a count.

use crate::profiles::{GraphNodeBody, LinkBody, RefusalBody, Share};

/// Sources and messages that a title names.
const NAMED_MAX: usize = 5;

/// `1 day`, `2 days`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `1234567` as `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What identifiers of a namespace are called: one, and many.
pub(super) fn nouns(namespace: &str) -> (&str, &str) {
    match namespace {
        "user_id" => ("login", "logins"),
        "email" => ("email address", "email addresses"),
        "social" => ("social account", "social accounts"),
        "phone" => ("phone", "phones"),
        "loyalty_id" => ("card", "cards"),
        "device_id" => ("device", "devices"),
        "advertising_id" => ("advertising id", "advertising ids"),
        "anonymous_id" => ("browser", "browsers"),
        other => (other, other),
    }
}

/// What stands over the things of a layer.
pub(super) fn heading(layer: u8) -> &'static str {
    match layer {
        0 => "The person",
        1 => "Phones and cards",
        2 => "Devices",
        3 => "Browsers",
        _ => "Other things",
    }
}

/// The rule of a link for people.
pub(super) fn rule(link: &LinkBody, share: Share) -> String {
    if link.rule.starts_with("seen_together_tier_") {
        return "seen together".into();
    }
    match link.rule.as_str() {
        "must_link" => "linked by an operator".into(),
        "alias" => "alias from a server".into(),
        "owned" if share == Share::Days => "theirs on some days".into(),
        "owned" => "owned".into(),
        "same_thing_layer_1" => "same phone or card".into(),
        "same_thing_layer_2" => "same device".into(),
        "same_thing_layer_3" => "same browser".into(),
        other => other.into(),
    }
}

/// The second line of a box: the namespace, the rule, the days.
pub(super) fn label(node: &GraphNodeBody, link: Option<&LinkBody>) -> String {
    let mut parts = vec![node.namespace.clone()];
    if let Some(link) = link {
        parts.push(rule(link, node.share));
        if link.days > 0 {
            parts.push(counted(link.days, "day", "days"));
        }
    }
    match (node.share, link) {
        (Share::Days, None) => parts.push("theirs on some days".into()),
        (Share::Strands, _) => parts.push("theirs in part".into()),
        _ => {}
    }
    parts.join(" · ")
}

/// All of a link, for whoever rests on its box.
pub(super) fn story(link: &LinkBody, share: Share) -> String {
    let mut text = format!("{} = {}: {}", link.a, link.b, rule(link, share));
    if let Some(tier) = link.rule.strip_prefix("seen_together_") {
        text.push_str(&format!(" ({})", tier.replace('_', " ")));
    }
    if let Some(through) = &link.through {
        text.push_str(&format!(", through {through}"));
    }
    text.push_str(&seen(link.days, &link.first_day, &link.last_day));
    for (word, names) in [("by", &link.sources), ("in", &link.sample_message_ids)] {
        if !names.is_empty() {
            let names = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
            text.push_str(&format!("; {word} {}", names.join(", ")));
        }
    }
    if link.weakest {
        text.push_str("; the weakest link");
    }
    text
}

/// All of a refused link.
pub(super) fn refusal(refusal: &RefusalBody) -> String {
    let days = seen(refusal.days, &refusal.first_day, &refusal.last_day);
    format!(
        "{} ≠ {}: refused, {}{days}",
        refusal.a, refusal.b, refusal.detail
    )
}

fn seen(days: u64, first: &Option<String>, last: &Option<String>) -> String {
    let mut text = match days {
        0 => return String::new(),
        days => format!("; {}", counted(days, "day", "days")),
    };
    match (first, last) {
        (Some(first), Some(last)) if first != last => {
            text.push_str(&format!(" from {first} to {last}"));
        }
        (Some(day), _) => text.push_str(&format!(", {day}")),
        _ => {}
    }
    text
}
