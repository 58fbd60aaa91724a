//! `acquaint explain`: why are these two one customer, or not? And with one key: what holds this customer together?

use std::path::{Path, PathBuf};

use acquaint_api::profiles::{ExplanationBody, GraphBody, LinkBody, RefusalBody, Share};
use anyhow::Context;
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, counted, harmless};
use crate::reading::Reading;

const PENDING: &str = "Work on these identities is still pending; ask again in a moment.";

/// Why two identifiers are one customer, or are not; with one key, what holds a customer together.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One key: `namespace:value` or a profile id pf_…
    a: String,
    /// The other key; without it, all links of the customer are told
    b: Option<String>,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    reading: Reading,
    /// Draw the customer's identifiers and links; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["b", "json"])]
    svg: Option<PathBuf>,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let at = arguments.reading.into();
    if let Some(path) = &arguments.svg {
        write(path, &client.picture(&arguments.a, &at).await?)?;
    } else if let Some(b) = &arguments.b {
        let explanation = client.explain(&arguments.a, b, &at).await?;
        match arguments.json {
            true => output::print_json(&explanation)?,
            false => output::print(&text(&explanation))?,
        }
    } else {
        let graph = client.graph(&arguments.a, &at).await?;
        match arguments.json {
            true => output::print_json(&graph)?,
            false => output::print(&whole(&graph))?,
        }
    }
    Ok(Exit::Success)
}

fn write(path: &Path, picture: &str) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        return Ok(output::print(picture)?);
    }
    std::fs::write(path, picture).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

/// All links of a customer.
fn whole(graph: &GraphBody) -> String {
    let members = graph.nodes.iter().filter(|node| node.share != Share::None);
    let omitted: u64 = graph.omitted.iter().map(|omitted| omitted.count).sum();
    let count = counted(members.count() as u64 + omitted, "identifier");
    let mut lines = vec![format!("{}: {count}", graph.id)];
    lines.extend(graph.links.iter().map(link));
    let left = graph.omitted.iter();
    lines.extend(left.map(|left| format!("  and {} more of {}", left.count, left.namespace)));
    lines.extend(graph.refusals.iter().map(refusal));
    if graph.refusals_omitted > 0 {
        let more = counted(graph.refusals_omitted, "refused link");
        lines.push(format!("  and {more} more"));
    }
    if graph.truncated {
        lines.push("There is more than was read: links may be missing.".to_owned());
    }
    if graph.pending {
        lines.push(PENDING.to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn text(explanation: &ExplanationBody) -> String {
    let mut lines = vec![harmless(&explanation.summary)];
    lines.extend(explanation.path.iter().map(link));
    lines.extend(explanation.refusals.iter().map(refusal));
    if explanation.pending {
        lines.push(PENDING.to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn link(link: &LinkBody) -> String {
    let mut text = format!(
        "  {} = {}\n    by {}",
        harmless(&link.a),
        harmless(&link.b),
        link.rule
    );
    if let Some(through) = &link.through {
        text.push_str(&format!(", through {}", harmless(through)));
    }
    if let Some(fact) = &link.fact {
        text.push_str(&format!(", fact {fact}"));
    }
    text.push_str(&days(link.days, &link.first_day, &link.last_day));
    text.push_str(&told(&link.sources, &link.sample_message_ids));
    if link.weakest {
        text.push_str(" (the weakest link)");
    }
    text
}

fn refusal(refusal: &RefusalBody) -> String {
    let mut text = format!(
        "  {} ≠ {}\n    refused by {}: {}",
        harmless(&refusal.a),
        harmless(&refusal.b),
        refusal.rule,
        harmless(&refusal.detail)
    );
    if let Some(fact) = &refusal.fact {
        text.push_str(&format!(", fact {fact}"));
    }
    text.push_str(&days(refusal.days, &refusal.first_day, &refusal.last_day));
    text.push_str(&told(&refusal.sources, &refusal.sample_message_ids));
    text
}

fn days(days: u64, first: &Option<String>, last: &Option<String>) -> String {
    let mut text = match days {
        0 => return String::new(),
        days => format!(": {}", counted(days, "day")),
    };
    match (first, last) {
        (Some(first), Some(last)) if first != last => {
            text.push_str(&format!(" from {first} to {last}"));
        }
        (Some(day), _) => text.push_str(&format!(" on {day}")),
        _ => {}
    }
    text
}

fn told(sources: &[String], messages: &[String]) -> String {
    let mut text = String::new();
    for (word, names) in [("by", sources), ("seen in", messages)] {
        if !names.is_empty() {
            text.push_str(&format!(", {word} {}", harmless(&names.join(", "))));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_path_reads_like_sentences() {
        let explanation = serde_json::from_value(serde_json::json!({
            "a": "email:a@example.com", "b": "user_id:u1", "verdict": "same_profile", "summary": "one customer",
            "path": [{ "a": "email:a@example.com", "b": "user_id:u1", "rule": "same_thing_layer_2", "days": 2,
                       "firstDay": "2025-01-01", "lastDay": "2025-02-01", "sources": ["web"], "sampleMessageIds": ["m1"],
                       "through": "device_id:d1", "weakest": true }],
            "refusals": [], "pending": false
        }));
        let expected = "one customer\n  email:a@example.com = user_id:u1\n    by same_thing_layer_2, through device_id:d1: \
                        2 days from 2025-01-01 to 2025-02-01, by web, seen in m1 (the weakest link)\n";
        assert_eq!(text(&explanation.unwrap()), expected);
    }

    #[test]
    fn a_customer_is_told_with_what_was_refused_and_what_was_left_out() {
        let graph = serde_json::from_value(serde_json::json!({
            "id": "pf_x",
            "nodes": [{ "key": "user_id:u1", "namespace": "user_id", "value": "u1", "layer": 0, "share": "all" },
                      { "key": "user_id:u2", "namespace": "user_id", "value": "u2", "layer": 0, "share": "none" }],
            "links": [],
            "refusals": [{ "a": "user_id:u1", "b": "user_id:u2", "rule": "never_link", "detail": "ops said so", "days": 1,
                           "firstDay": "2025-01-01", "lastDay": "2025-01-01", "sources": ["web"], "sampleMessageIds": ["m1"],
                           "fact": "be26" }],
            "omitted": [{ "namespace": "anonymous_id", "layer": 3, "count": 12 }],
            "refusalsOmitted": 0, "truncated": false, "pending": false
        }));
        let expected = "pf_x: 13 identifiers\n  and 12 more of anonymous_id\n  user_id:u1 ≠ user_id:u2\n    \
                        refused by never_link: ops said so, fact be26: 1 day on 2025-01-01, by web, seen in m1\n";
        assert_eq!(whole(&graph.unwrap()), expected);
    }
}
