//! `acquaint identity changes`: which profile ids became which.

use acquaint_api::profiles::{ChangeCause, ProfileChangeBody, ProfileChangesBody};
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, harmless};

/// A page of changes.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// Where to go on, as the page before said, or `now` for a cursor of the present; without it, the oldest that are kept
    #[arg(long)]
    cursor: Option<String>,
    /// Changes at most, up to 1,000
    #[arg(long, default_value_t = acquaint_api::limits::CHANGES_PAGE_DEFAULT)]
    limit: usize,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let limit = Some(arguments.limit);
    let page = client
        .profile_changes(arguments.cursor.as_deref(), limit)
        .await?;
    match arguments.json {
        true => output::print_json(&page)?,
        false => output::print(&text(&page))?,
    }
    Ok(Exit::Success)
}

fn text(page: &ProfileChangesBody) -> String {
    let mut lines: Vec<String> = page.changes.iter().map(line).collect();
    let more = if page.more {
        "there are more"
    } else {
        "no more by now"
    };
    lines.push(format!("{more}: go on with --cursor {}\n", page.cursor));
    lines.join("\n")
}

fn line(change: &ProfileChangeBody) -> String {
    let ids = |ids: &[String]| match ids.is_empty() {
        true => "nobody".to_owned(),
        false => ids.join(", "),
    };
    let fact = change.fact.as_deref().unwrap_or_default();
    let cause = match change.cause {
        ChangeCause::Message => "by messages".to_owned(),
        ChangeCause::Retraction => "as messages were taken back".to_owned(),
        ChangeCause::Fact => format!("by fact {fact}"),
        ChangeCause::Undo => format!("as fact {fact} was undone"),
        ChangeCause::Step => "by work that an earlier change left".to_owned(),
        ChangeCause::Rules => "by other rules".to_owned(),
    };
    let mut line = format!(
        "{}: {} → {}, {cause}",
        change.kind.as_str(),
        ids(&change.old),
        ids(&change.new)
    );
    if !change.sample_message_ids.is_empty() {
        let messages = change.sample_message_ids.join(", ");
        line.push_str(&format!(" ({})", harmless(&messages)));
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_change_is_a_line_and_the_cursor_is_the_last() {
        let cursor = acquaint_api::ChangeCursor { index: 7, seq: 1 };
        let page = serde_json::json!({
            "changes": [
                { "kind": "merged", "old": ["pf_a", "pf_b"], "new": ["pf_a"], "cause": "message", "sampleMessageIds": ["m1"] },
                { "kind": "gone", "old": ["pf_a"], "new": [], "cause": "undo", "fact": "be26" },
            ],
            "cursor": cursor, "more": true,
        });
        let expected = format!(
            "merged: pf_a, pf_b → pf_a, by messages (m1)\n\
             gone: pf_a → nobody, as fact be26 was undone\n\
             there are more: go on with --cursor {cursor}\n"
        );
        assert_eq!(text(&serde_json::from_value(page).unwrap()), expected);
    }
}
