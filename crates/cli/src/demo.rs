//! `acquaint demo`: the whole path in one command, on loopback, with made-up customers.
//!
//! - It goes through the HTTP API like any other client; nothing is loaded or read behind its back.
//! - It checks what it shows: one customer, looked up by different identifiers, must be one profile.
//! - It is safe to repeat: what is there already counts as duplicate.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use acquaint_api::profiles::ProfileBody;
use acquaint_api::{Client, ProfileQuery, TimelineQuery};
use acquaint_node::config::{LogConfig, LogFormat};
use acquaint_node::{Config, Node};
use anyhow::{Context, bail, ensure};
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::exit::{Exit, WrongUse};
use crate::generate::{self, Sample};
use crate::import::{self, Entry, Progress, Rejects};
use crate::output::{grouped, print};
use crate::{card, logging, serve};

/// Ends the demo after its checks.
const EXIT_VARIABLE: &str = "DEMO_EXIT";
/// Marks a directory that the demo made, and may therefore remove.
const MARKER: &str = "made-by-acquaint-demo";
/// Ports tried after one that is taken.
const PORTS_MAX: u16 = 20;
const TIMELINE_ROWS: usize = 12;
/// The demo is small, and a nearly full laptop should still run it.
const DISK_FREE_BYTES_MIN: u64 = 256 << 20;

/// Show everything at once.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Port on 127.0.0.1; the next free one if it is taken, any free one if 0
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Directory of the store
    #[arg(long, default_value = "data/demo", value_name = "DIR")]
    data_dir: PathBuf,
    /// Remove the store of an earlier demo first
    #[arg(long)]
    fresh: bool,
    /// Customers of the sample
    #[arg(long, default_value_t = generate::Options::default().customers)]
    customers: u32,
    /// Interactions of the sample
    #[arg(long, default_value_t = generate::Options::default().interactions)]
    interactions: u32,
    /// Another seed is another shop
    #[arg(long, default_value_t = generate::Options::default().seed)]
    seed: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let options = generate::Options {
        customers: arguments.customers,
        interactions: arguments.interactions,
        seed: arguments.seed,
    };
    options.check().map_err(WrongUse)?;
    logging::start(&LogConfig {
        level: "warn".to_owned(),
        format: LogFormat::Text,
    })?;
    prepare(&arguments.data_dir, arguments.fresh)?;
    let listener = listen(arguments.port).await?;
    let address = listener.local_addr()?;
    let config = Config {
        data_dir: arguments.data_dir.clone(),
        listen: address,
        disk_free_bytes_min: DISK_FREE_BYTES_MIN,
        ..Config::default()
    };
    print(&format!(
        "1. starting a node on http://{address}, its store in {}\n",
        arguments.data_dir.display()
    ))?;
    let node = Node::open(config.clone()).await?;

    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let stopped = async {
            // A sender that is gone means stop, too.
            let _ = stopped.await;
        };
        serve::serve(node, &config, listener, stopped).await
    });
    let client = Client::new(&format!("http://{address}"))?;
    let shown = show(&client, &options).await;
    let keep_serving =
        shown.is_ok() && std::env::var_os(EXIT_VARIABLE).is_none_or(|set| set != "1");
    let mut server = server;
    if keep_serving {
        tokio::select! {
            ended = &mut server => return ended?,
            () = serve::stopped() => {}
        }
    }
    drop(stop);
    let ended = server.await?;
    shown?;
    ended
}

/// Makes the directory, or sees that it is one of ours.
fn prepare(data_dir: &Path, fresh: bool) -> anyhow::Result<()> {
    let marker = data_dir.join(MARKER);
    let in_use = data_dir
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if in_use && !marker.exists() {
        bail!(WrongUse(format!(
            "{} was not made by the demo; --data-dir takes another directory",
            data_dir.display()
        )));
    }
    if in_use && fresh {
        std::fs::remove_dir_all(data_dir)
            .with_context(|| format!("cannot remove {}", data_dir.display()))?;
    }
    std::fs::create_dir_all(data_dir)
        .and_then(|()| std::fs::write(&marker, ""))
        .with_context(|| format!("cannot write to {}", data_dir.display()))
}

/// The port, or the next one that is free.
async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    for candidate in port..=port.saturating_add(PORTS_MAX) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, candidate));
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                eprintln!("port {candidate} is taken, trying the next one");
            }
            Err(error) => return Err(error).with_context(|| format!("cannot listen on {address}")),
        }
    }
    bail!("no free port from {port} on; --port takes another one, 0 any that is free")
}

/// Loads the sample, looks the showcase up and checks that the answers agree.
async fn show(client: &Client, options: &generate::Options) -> anyhow::Result<()> {
    let sample = generate::generate(options);
    print(&format!(
        "2. loading {} interactions of {} made-up customers over eight channels, and {} duplicates\n",
        grouped(options.interactions.into()),
        grouped(options.customers.into()),
        grouped(sample.duplicates as u64),
    ))?;
    load(client, &sample).await?;
    let showcase = &sample.showcase;
    print(&format!(
        "3. looking {} up by {} identifiers\n",
        showcase.name,
        showcase.keys.len()
    ))?;
    let id = same_profile(client, &showcase.keys).await?;
    print(&format!("   one profile: {id}\n\n"))?;
    present(client, &id).await?;
    print(&farewell(client.address(), &showcase.keys))?;
    Ok(())
}

async fn load(client: &Client, sample: &Sample) -> anyhow::Result<()> {
    let entries: Vec<Entry> = (1..)
        .zip(sample.lines())
        .map(|(line, json)| Entry {
            line,
            json: json.to_owned(),
        })
        .collect();
    let progress = Progress::of_messages(entries.len() as u64);
    let rejects = Rejects::new(std::env::temp_dir().join("acquaint-demo.rejects.ndjson"));
    let source = entries.into_iter().map(|entry| Ok(Ok(entry)));
    let summary = import::load(
        client,
        source,
        &import::Options::default(),
        progress,
        rejects,
    )
    .await?;
    print(&format!(
        "   {} messages in {:.1} s ({} per second): {} accepted, {} duplicate, {} rejected\n",
        grouped(summary.lines()),
        summary.seconds,
        grouped(summary.per_second()),
        grouped(summary.accepted),
        grouped(summary.duplicate),
        grouped(summary.rejected),
    ))?;
    if let Some(path) = &summary.rejects_file {
        bail!(
            "{} messages of the sample were rejected; they are in {}",
            summary.rejected,
            path.display()
        );
    }
    Ok(())
}

/// The id of the profile that all keys lead to.
async fn same_profile(client: &Client, keys: &[String]) -> anyhow::Result<String> {
    let query = ProfileQuery::default();
    let mut first: Option<ProfileBody> = None;
    for key in keys {
        let profile = client
            .profile(key, &query)
            .await
            .with_context(|| format!("cannot look up {key}"))?;
        print(&format!("   {key:<40} {}\n", profile.id))?;
        match &first {
            None => first = Some(profile),
            Some(first) => ensure!(
                *first == profile,
                "{key} led to another profile than {}",
                keys[0]
            ),
        }
    }
    let first = first.context("the sample names no customer to look up")?;
    Ok(first.id)
}

async fn present(client: &Client, id: &str) -> anyhow::Result<()> {
    let profile = client.profile(id, &ProfileQuery::default()).await?;
    ensure!(
        card::name(&profile).is_some(),
        "the profile {id} has no name"
    );
    print(&card::profile(&profile))?;
    let query = TimelineQuery {
        limit: Some(TIMELINE_ROWS),
        ..TimelineQuery::default()
    };
    let page = client.timeline(id, &query).await?;
    ensure!(
        !page.interactions.is_empty(),
        "the timeline of {id} is empty"
    );
    print(&format!(
        "\nTimeline, the latest {}\n",
        page.interactions.len()
    ))?;
    for interaction in &page.interactions {
        print(&format!("  {}\n", card::interaction(interaction)))?;
    }
    Ok(())
}

fn farewell(address: &str, keys: &[String]) -> String {
    let url = match address == crate::connection::DEFAULT_URL {
        true => String::new(),
        false => format!(" --url {address}"),
    };
    let first = keys.first().map_or("", String::as_str);
    let last = keys.last().map_or("", String::as_str);
    format!(
        "\nGo on with\n\
         \x20 {address}/docs                 the API, to try it on\n\
         \x20 {address}/metrics              what the node counts\n\
         \x20 acquaint lookup '{first}'{url}\n\
         \x20 acquaint timeline '{first}' --channel chat{url}\n\
         \x20 acquaint explain '{first}' '{last}'{url}\n\
         \x20 acquaint export --output export.ndjson{url}\n\
         Ctrl-C ends the demo; its store stays, and a second run adds nothing.\n"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_a_directory_of_its_own_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("demo");
        prepare(&path, true).unwrap();
        std::fs::write(path.join("row"), "x").unwrap();
        prepare(&path, false).unwrap();
        assert!(path.join("row").exists());
        prepare(&path, true).unwrap();
        assert!(!path.join("row").exists());

        let precious = directory.path().join("precious");
        std::fs::create_dir(&precious).unwrap();
        std::fs::write(precious.join("letter"), "x").unwrap();
        assert!(prepare(&precious, true).is_err());
        assert!(precious.join("letter").exists());
    }

    #[tokio::test]
    async fn a_taken_port_leads_to_the_next_one() {
        let taken = listen(0).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let next = listen(port).await.unwrap();
        assert!(next.local_addr().unwrap().port() > port);
    }
}
