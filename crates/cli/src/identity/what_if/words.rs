//! Rules and refusals in words, short enough for a line.

use acquaint_identity::{Explanation, LinkRule, NodeId, Reason, Rules, Stopped};

/// The rule that accepted a link.
pub(super) fn rule(rule: LinkRule) -> String {
    match rule {
        LinkRule::MustLink(_) => "an operator linked them".to_owned(),
        LinkRule::Alias => "a server sent an alias".to_owned(),
        LinkRule::SeenTogether { tier } => format!("seen together, tier {tier}"),
        LinkRule::SameThing { layer } => format!("seen with one thing of layer {layer}"),
        LinkRule::Owned => "the one has the other".to_owned(),
    }
}

/// Why two nodes are not one customer under some rules.
pub(super) fn why_not(
    explanation: &Explanation,
    rules: &Rules,
    name: impl Fn(NodeId) -> String,
) -> String {
    match explanation {
        Explanation::Refused(refused) => match refused.first() {
            Some(first) => reason(&first.reason, rules, name),
            None => "a link was refused".to_owned(),
        },
        Explanation::Stopped(stopped, _) => stop(stopped, rules, name),
        Explanation::Pending => "too much lies around them to say it here".to_owned(),
        Explanation::NoPath | Explanation::Unknown(_) => {
            "nothing that links connects them".to_owned()
        }
        Explanation::SameNode(_) | Explanation::Linked { .. } => {
            "they are still linked with each other, and apart from the rest".to_owned()
        }
    }
}

fn reason(reason: &Reason, rules: &Rules, name: impl Fn(NodeId) -> String) -> String {
    let namespace = |rank| namespace(rules, rank);
    match reason {
        Reason::NeverLink(_) => "never link: an operator keeps them apart".to_owned(),
        Reason::Overruled(_) => "overruled: a later fact says otherwise".to_owned(),
        Reason::Exclusive(rank) => {
            format!("exclusive: a person has one {}", namespace(rank.0))
        }
        Reason::FirstNames(a, b) => format!("first names: {a} is not {b}"),
        Reason::BirthDates(a, b) => format!("birth dates: {a} is not {b}"),
        Reason::Uncorroborated => {
            "uncorroborated: only something that people share links them".to_owned()
        }
        Reason::NamespaceLimit(rank, limit) => {
            format!("limit: at most {limit} of {}", namespace(rank.0))
        }
        Reason::Size(limit) => format!("size: at most {limit} values that name people"),
        Reason::SharedMailbox => "shared mailbox: it is several people's".to_owned(),
        Reason::Dominated(login) => format!("dominated: the mailbox is that of {}", name(*login)),
        Reason::Operator => {
            "operator: the login is staff's, who typed a customer's value".to_owned()
        }
    }
}

fn stop(stopped: &Stopped, rules: &Rules, name: impl Fn(NodeId) -> String) -> String {
    match stopped {
        Stopped::Blocked(node) => format!("blocked: {}", name(*node)),
        Stopped::Shared(node) => format!("shared: {} is several people's", name(*node)),
        Stopped::ByDay { node, .. } => {
            format!("by day: {} is theirs on some days only", name(*node))
        }
        Stopped::Hub {
            node,
            rank,
            neighbours,
            cap,
        } => format!(
            "hub: {} was seen with {neighbours} of {}, at most {cap} may link",
            name(*node),
            namespace(rules, rank.0)
        ),
    }
}

fn namespace(rules: &Rules, rank: u8) -> &str {
    let rule = rules.namespaces.get(usize::from(rank));
    rule.map_or("an unknown namespace", |rule| rule.name.as_str())
}
