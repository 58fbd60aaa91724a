//! `acquaint config check`: reads a configuration as `serve` would, and starts nothing.

use std::fmt::Write;

use acquaint_node::config::{WorkspaceConfig, standard_rules};
use clap::{Args, Subcommand};

use crate::exit::Exit;
use crate::serve::ConfigSource;
use crate::{logging, output};

/// Check a configuration.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is wrong with a configuration, by line, or what it amounts to
    Check(Check),
}

#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    source: ConfigSource,
    /// Print the keys with their values, secrets left out, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let Command::Check(check) = arguments.command;
    let config = check.source.load(Vec::new())?;
    logging::filter(&config.log.level)?;
    for warning in config.warnings() {
        eprintln!("warning: {warning}");
    }
    if check.json {
        output::print_json(&config)?;
        return Ok(Exit::Success);
    }
    output::print(&toml::to_string_pretty(&config)?)?;
    for workspace in &config.workspaces {
        output::print(&format!(
            "# workspace {}: {} write keys, {} tokens, {} own namespaces\n",
            workspace.name,
            workspace.write_keys.len(),
            workspace.tokens.len(),
            workspace.namespaces.len()
        ))?;
        output::print(&rules(workspace)?)?;
    }
    output::print("# the configuration is valid\n")?;
    Ok(Exit::Success)
}

/// What a workspace's file of identity rules changes of the standard ones.
fn rules(workspace: &WorkspaceConfig) -> anyhow::Result<String> {
    let Some(file) = &workspace.identity_rules else {
        return Ok(String::new());
    };
    let namespaces = workspace.all_namespaces()?;
    let rules = workspace.rules(&namespaces)?;
    let changes = standard_rules(&namespaces).changes_to(&rules);
    let mut text = format!(
        "#   identity rules from {}: {} from the standard ones\n",
        file.path().display(),
        output::counted(changes.len() as u64, "difference")
    );
    for change in &changes {
        let _ = writeln!(text, "#     {}", output::harmless(&change.to_string()));
    }
    Ok(text)
}
