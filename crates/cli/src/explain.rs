//! `acquaint explain`: why are these two one customer, or not?

use acquaint_api::profiles::ExplanationBody;
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, harmless};

/// Why two identifiers are one customer.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One key: `namespace:value` or a profile id pf_…
    a: String,
    /// The other key
    b: String,
    #[command(flatten)]
    connection: Connection,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let explanation = client.explain(&arguments.a, &arguments.b).await?;
    if arguments.json {
        output::print_json(&explanation)?;
    } else {
        output::print(&text(&explanation))?;
    }
    Ok(Exit::Success)
}

fn text(explanation: &ExplanationBody) -> String {
    let mut lines = vec![harmless(&explanation.summary)];
    for link in &explanation.path {
        let span = match (&link.first_day, &link.last_day) {
            (Some(first), Some(last)) if first != last => format!(" from {first} to {last}"),
            (Some(day), _) => format!(" on {day}"),
            _ => String::new(),
        };
        lines.push(format!(
            "  {} = {}\n    by {}: {} day{}{span}, through {}{}{}",
            harmless(&link.a),
            harmless(&link.b),
            link.rule,
            link.days,
            if link.days == 1 { "" } else { "s" },
            harmless(&link.sources.join(", ")),
            messages(&link.sample_message_ids),
            if link.weakest {
                " (the weakest link)"
            } else {
                ""
            },
        ));
    }
    for refusal in &explanation.refusals {
        lines.push(format!(
            "  {} ≠ {}\n    refused by {}: {}{}",
            harmless(&refusal.a),
            harmless(&refusal.b),
            refusal.rule,
            harmless(&refusal.detail),
            messages(&refusal.sample_message_ids),
        ));
    }
    if explanation.pending {
        lines.push("Work on these identities is still pending; ask again in a moment.".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn messages(ids: &[String]) -> String {
    match ids.is_empty() {
        true => String::new(),
        false => format!(", seen in {}", harmless(&ids.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_path_reads_like_sentences() {
        let explanation = serde_json::from_value(serde_json::json!({
            "a": "email:a@example.com", "b": "user_id:u1", "verdict": "same_profile", "summary": "one customer",
            "path": [{ "a": "email:a@example.com", "b": "user_id:u1", "rule": "core", "days": 2, "firstDay": "2025-01-01",
                       "lastDay": "2025-02-01", "sources": ["web"], "sampleMessageIds": ["m1"], "weakest": true }],
            "refusals": [], "pending": false
        }));
        let expected = "one customer\n  email:a@example.com = user_id:u1\n    by core: 2 days from 2025-01-01 to 2025-02-01, \
                        through web, seen in m1 (the weakest link)\n";
        assert_eq!(text(&explanation.unwrap()), expected);
    }
}
