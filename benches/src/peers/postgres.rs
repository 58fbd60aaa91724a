//! PostgreSQL with the schema that a good engineer would choose for the same task
//! (`postgres/schema.sql`): identifiers, a JSONB document for each profile, interactions.
//!
//! - Durable: a statement returns when its transaction is synced to disk.
//! - Every operation is one prepared statement, so one round trip, over TCP on loopback.
//! - *Insert only* stores interactions, each once, under a hash of its first identifier.
//! - *Resolve and merge* also finds or makes the profile of each message, merges profiles that one
//!   message joins (identifiers and interactions move, documents are added up) and updates the
//!   document: traits, event counters, first and last seen.
//! - It does less than this project does, in PostgreSQL's favour: no canonical forms, no rules that
//!   refuse a merge, no way back, no record of where a trait comes from.
//! - Clients that meet on one person are serialized by row locks; the rare transaction that another
//!   one overtook is sent again, and [`Written::retries`] counts that.

mod batch;
mod session;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls};

pub use session::{PeerProfile, PostgresSession, Written};

use super::PeerError;
use super::process::{Process, find_program, free_addresses, version_of};

const PEER: &str = "PostgreSQL";
const SCHEMA: &str = include_str!("postgres/schema.sql");
/// Debian keeps servers of several versions below it.
const VERSIONS_DIRECTORY: &str = "/usr/lib/postgresql";
const ROLE: &str = "bench";
/// The server refuses to run as root, so root starts it as this user.
const SYSTEM_USER: &str = "postgres";
const CLEAR: &str = "TRUNCATE profiles, identifiers, interactions";

/// A PostgreSQL server with an empty schema.
#[derive(Debug)]
pub struct Postgres {
    /// The listen address.
    pub address: SocketAddr,
    /// As the program prints it.
    pub version: String,
    _process: Process,
    _directory: TempDir,
}

impl Postgres {
    /// The settings, for reports; those that are missing have PostgreSQL's own defaults.
    pub const SETTINGS: &[(&str, &str)] = &[
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("wal_sync_method", "fdatasync"),
        // As large as the cache of the node beside it.
        ("shared_buffers", "256MB"),
        ("effective_cache_size", "2GB"),
        ("work_mem", "16MB"),
        ("maintenance_work_mem", "128MB"),
        // No checkpoint during a measurement because the log is full.
        ("max_wal_size", "8GB"),
        ("checkpoint_timeout", "15min"),
        ("wal_buffers", "16MB"),
        ("wal_compression", "lz4"),
        ("default_toast_compression", "lz4"),
        ("random_page_cost", "1.1"),
        ("jit", "off"),
        // Every access is by key; statistics of empty tables must not say otherwise.
        ("enable_seqscan", "off"),
        // Plans are kept, however long the arrays are; planning costs more than a small batch.
        ("plan_cache_mode", "force_generic_plan"),
        ("autovacuum_naptime", "10s"),
        ("max_connections", "200"),
        ("deadlock_timeout", "200ms"),
        ("unix_socket_directories", ""),
    ];

    /// Starts a server with its files in a new directory below `base`. As root it runs as the
    /// system user `postgres`, who must be able to enter `base`.
    ///
    /// # Errors
    /// It is not installed, or it does not start.
    pub async fn start(base: &Path) -> Result<Self, PeerError> {
        let failed = PeerError::failed(PEER, "start");
        let directories = version_directories();
        let initdb = find_program("initdb", &directories)?;
        let program = find_program("postgres", &directories)?;
        let version = version_of(PEER, program.as_os_str())?;
        let directory = TempDir::with_prefix_in("peer-postgres-", base).map_err(&failed)?;
        let owner = prepare(directory.path())?;
        let data = directory.path().join("data");

        let mut make = command_as(&initdb, owner);
        make.args(["--auth", "trust", "--encoding", "UTF8", "--locale", "C"])
            .args(["--no-sync", "--no-instructions", "--username", ROLE, "-D"])
            .arg(&data)
            .current_dir(directory.path());
        let output = make.output().map_err(&failed)?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(PeerError::failed(PEER, "run initdb")(reason));
        }

        let [address] = free_addresses().map_err(&failed)?;
        let mut command = command_as(&program, owner);
        command
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &address.port().to_string()])
            .current_dir(directory.path());
        for (name, value) in Self::SETTINGS {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let log = directory.path().join("log");
        // An interrupt closes the connections and ends it in order.
        let mut process = Process::start(PEER, command, log, Signal::INT)?;
        let connection = process.ready(|| Connection::open(address)).await?;
        connection
            .client
            .batch_execute(SCHEMA)
            .await
            .map_err(said("make the schema"))?;
        Ok(Self {
            address,
            version,
            _process: process,
            _directory: directory,
        })
    }

    /// A new connection with its statements prepared and planned.
    ///
    /// # Errors
    /// The server does not accept it.
    pub async fn session(&self) -> Result<PostgresSession, PeerError> {
        PostgresSession::connect(self.address).await
    }

    /// Empties all tables.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn clear(&self) -> Result<(), PeerError> {
        let connection = Connection::open(self.address).await?;
        let cleared = connection.client.batch_execute(CLEAR).await;
        cleared.map_err(said("clear"))
    }

    /// Statistics, visibility map and a checkpoint, as a server has them some minutes after a load.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn settle(&self) -> Result<(), PeerError> {
        let connection = Connection::open(self.address).await?;
        // Each alone: VACUUM cannot run within the transaction that several statements form.
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            let settled = connection.client.batch_execute(statement).await;
            settled.map_err(said("settle"))?;
        }
        Ok(())
    }

    /// Bytes of all tables with their indexes.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn bytes(&self) -> Result<u64, PeerError> {
        let connection = Connection::open(self.address).await?;
        let sum = "SELECT pg_database_size(current_database())";
        let row = connection.client.query_one(sum, &[]).await;
        let bytes: i64 = row
            .and_then(|row| row.try_get(0))
            .map_err(said("read its size"))?;
        Ok(u64::try_from(bytes).unwrap_or_default())
    }
}

/// A client with the task that drives it.
#[derive(Debug)]
struct Connection {
    client: Client,
    driver: JoinHandle<()>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, PeerError> {
        let mut config = Config::new();
        config
            .host(address.ip().to_string())
            .port(address.port())
            .user(ROLE)
            .dbname("postgres");
        let connected = config.connect(NoTls).await;
        let (client, connection) = connected.map_err(said("connect"))?;
        let driver = tokio::spawn(async move {
            // Its error comes back from every statement that waits, too.
            let _ = connection.await;
        });
        Ok(Self { client, driver })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The words of the server instead of the kind of the error.
fn said(action: &'static str) -> impl Fn(tokio_postgres::Error) -> PeerError {
    move |error| {
        let reason = match error.as_db_error() {
            Some(error) => error.to_string(),
            None => match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        PeerError::failed(PEER, action)(reason)
    }
}

/// The server folders of Debian, the newest version first.
fn version_directories() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(VERSIONS_DIRECTORY).into_iter().flatten();
    let number = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.ok()?.file_name().to_str()?.parse::<u32>().ok()
    };
    let mut numbers: Vec<u32> = entries.filter_map(number).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let bin = |number| Path::new(VERSIONS_DIRECTORY).join(format!("{number}/bin"));
    numbers.into_iter().map(bin).collect()
}

/// The user and group of the server where they differ from those of this process.
type Owner = Option<(u32, u32)>;

/// Hands the directory to the system user, if this process runs as root.
fn prepare(directory: &Path) -> Result<Owner, PeerError> {
    let failed = PeerError::failed(PEER, "prepare its directory");
    let made_by_root = std::fs::metadata(directory).map_err(&failed)?.uid() == 0;
    if !made_by_root {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(&failed)?;
    let Some((user, group)) = users.lines().find_map(ids_of_system_user) else {
        return Err(PeerError::failed(PEER, "prepare its directory")(format!(
            "there is no user {SYSTEM_USER}"
        )));
    };
    chown(directory, Some(user), Some(group)).map_err(&failed)?;
    Ok(Some((user, group)))
}

/// From a line `name:password:user:group:…`.
fn ids_of_system_user(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    if fields.next() != Some(SYSTEM_USER) {
        return None;
    }
    let mut ids = fields.skip(1).map(str::parse);
    Some((ids.next()?.ok()?, ids.next()?.ok()?))
}

fn command_as(program: &Path, owner: Owner) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}
