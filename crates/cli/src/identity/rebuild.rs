//! `acquaint identity rebuild`: the evidence about identity, derived again from what the anchors hold.
//!
//! One request does a piece of it; this asks until nothing is left. What was interrupted begins again, or goes on from the
//! cursor that was printed last.

use acquaint_api::profiles::RebuildRequest;
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Go on after this cursor, as an interrupted rebuild printed it
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let mut strands = 0;
    let mut request = RebuildRequest {
        cursor: arguments.cursor,
    };
    loop {
        let answer = client.rebuild_identity(&request).await?;
        strands += answer.strands;
        let Some(cursor) = answer.cursor else {
            break;
        };
        eprintln!("{strands} sets of identifiers; next --cursor {cursor}");
        request.cursor = Some(cursor);
    }
    output::print(&format!(
        "the evidence of {strands} sets of identifiers is derived again\n"
    ))?;
    Ok(Exit::Success)
}
