//! `acquaint facts`: what operators state about identity.

use acquaint_api::profiles::{FactBody, FactRequest, FactStatement};
use clap::{Args, Subcommand};

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, harmless};

/// Operator facts.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The facts that hold
    List(List),
    /// State a fact
    Add(Add),
    /// Undo a fact; identity is then as if it had never been stated
    Undo(Undo),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    connection: Connection,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Add {
    #[command(subcommand)]
    statement: Statement,
    /// Who says so
    #[arg(long, global = true, default_value = "cli")]
    author: String,
    /// Why
    #[arg(long, global = true, default_value = "stated on the command line")]
    reason: String,
    /// Print the answer of the API
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum Statement {
    /// These two are one person
    MustLink {
        /// One key
        a: String,
        /// The other key
        b: String,
    },
    /// These two are not one person
    NeverLink {
        /// One key
        a: String,
        /// The other key
        b: String,
    },
    /// This identifier says nothing about who somebody is
    Block {
        /// The identifier
        key: String,
    },
    /// This identifier is a customer of its own, not part of the profile that it is in
    Split {
        /// The identifier
        key: String,
    },
    /// Nothing that this source says about who somebody is counts; that it happened stays
    Revoke {
        /// The name of the write key or import, as `explain` shows it
        source: String,
    },
    /// What this message says about who somebody is does not count; that it happened stays
    RevokeMessage {
        /// An identifier that it came with
        key: String,
        /// Its id
        message: String,
    },
}

#[derive(Debug, Args)]
struct Undo {
    /// The id of the fact, as `facts list` shows it
    id: String,
    #[command(flatten)]
    connection: Connection,
}

impl From<Statement> for FactStatement {
    fn from(statement: Statement) -> Self {
        match statement {
            Statement::MustLink { a, b } => Self::MustLink { a, b },
            Statement::NeverLink { a, b } => Self::NeverLink { a, b },
            Statement::Block { key } => Self::Block { key },
            Statement::Split { key } => Self::Split { key },
            Statement::Revoke { source } => Self::Revoke { source },
            Statement::RevokeMessage { key, message } => Self::RevokeMessage { key, message },
        }
    }
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::List(list) => {
            let facts = list.connection.client()?.facts().await?;
            if list.json {
                output::print_json(&facts)?;
                return Ok(Exit::Success);
            }
            let mut text: String = facts.facts.iter().map(line).collect();
            if facts.facts.is_empty() {
                text.push_str("no facts are stated\n");
            }
            if facts.truncated {
                text.push_str("there are more\n");
            }
            output::print(&text)?;
        }
        Command::Add(add) => {
            let request = FactRequest {
                statement: add.statement.into(),
                author: add.author,
                reason: add.reason,
            };
            let fact = add.connection.client()?.state_fact(&request).await?;
            match add.json {
                true => output::print_json(&fact)?,
                false => output::print(&line(&fact))?,
            }
        }
        Command::Undo(undo) => {
            undo.connection.client()?.undo_fact(&undo.id).await?;
            output::print(&format!("undone: {}\n", harmless(&undo.id)))?;
        }
    }
    Ok(Exit::Success)
}

fn line(fact: &FactBody) -> String {
    let statement = match &fact.statement {
        FactStatement::MustLink { a, b } => format!("must-link {a} {b}"),
        FactStatement::NeverLink { a, b } => format!("never-link {a} {b}"),
        FactStatement::Block { key } => format!("block {key}"),
        FactStatement::Split { key } => format!("split {key}"),
        FactStatement::Revoke { source } => format!("revoke {source}"),
        FactStatement::RevokeMessage { key, message } => {
            format!("revoke-message {key} {message}")
        }
    };
    let line = format!(
        "{}  {}  {statement}  ({}: {})",
        fact.id, fact.time, fact.author, fact.reason
    );
    format!("{}\n", harmless(&line))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        facts: Arguments,
    }

    #[test]
    fn a_split_and_a_revoked_source_are_stated_and_listed_alike() {
        for words in [["split", "email:a@example.com"], ["revoke", "web"]] {
            let given = ["facts", "add"].into_iter().chain(words);
            let program = Program::try_parse_from(given).unwrap();
            let Command::Add(add) = program.facts.command else {
                unreachable!("the words say add")
            };
            let fact = FactBody {
                id: "0a".into(),
                statement: add.statement.into(),
                author: add.author,
                reason: add.reason,
                time: "2026-01-02T03:04:05Z".into(),
            };
            let expected = format!("  {}  (cli: stated on the command line)\n", words.join(" "));
            assert!(line(&fact).ends_with(&expected), "{}", line(&fact));
        }
    }

    #[test]
    fn the_node_may_be_named_before_or_after_the_statement() {
        let words = ["add", "never-link", "user_id:a", "user_id:b"];
        let url = ["--url", "http://127.0.0.1:9"];
        let after: Vec<&str> = words.iter().chain(&url).copied().collect();
        let before: Vec<&str> = words[..1]
            .iter()
            .chain(&url)
            .chain(&words[1..])
            .copied()
            .collect();
        for given in [after, before] {
            let program = Program::try_parse_from(["facts"].into_iter().chain(given)).unwrap();
            let Command::Add(add) = program.facts.command else {
                unreachable!("the words say add")
            };
            let client = add.connection.client().unwrap();
            assert!(client.address().starts_with("http://127.0.0.1:9"));
        }
    }
}
