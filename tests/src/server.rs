//! One node as a child process: the built binary, a directory and a port of its own.
//!
//! - It listens on loopback, on a port that was free a moment ago, or where the test says (in a network namespace that the
//!   test has made), and keeps its address over restarts, so that clients can go on.
//! - The workspace secret is the same for every server of the tests: what two of them
//!   export can be compared byte for byte.
//! - It signals only the process that it started. Dropping it kills that process.

use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A write key with public trust, as a browser would carry.
pub const WRITE_KEY_PUBLIC: &str = "public-write-key";
/// A write key with server trust.
pub const WRITE_KEY_SERVER: &str = "server-write-key";
/// An API token with every scope.
pub const TOKEN: &str = "token-with-every-scope";

const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// What a test may choose about its server.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Raft groups that share the interactions.
    pub anchors_groups: u16,
    /// The store's block cache.
    pub cache_bytes: u64,
    /// Writes are refused below this much free space.
    pub disk_free_bytes_min: u64,
    /// More sections, as TOML.
    pub sections: &'static str,
    /// More keys of the workspace, as TOML. Paths are from the server's directory.
    pub workspace: &'static str,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            anchors_groups: 4,
            cache_bytes: 32 << 20,
            disk_free_bytes_min: 64 << 20,
            sections: "",
            workspace: "",
        }
    }
}

/// Where a server runs.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where other nodes reach it; nothing for a node that is alone.
    pub peer_address: Option<SocketAddr>,
    /// The network namespace that it runs in; nothing for that of the test.
    pub space: Option<String>,
    /// What it finds in its environment.
    pub environment: Vec<(String, String)>,
}

impl Place {
    /// A port of loopback that nobody listened on a moment ago. Another process may take it before the server does; then
    /// the server says so and the test fails loudly.
    pub fn loopback() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], free_port())),
            peer_address: None,
            space: None,
            environment: Vec::new(),
        }
    }

    /// The same for a node that others reach.
    pub fn loopback_in_cluster() -> Self {
        Self {
            peer_address: Some(SocketAddr::from(([127, 0, 0, 1], free_port()))),
            ..Self::loopback()
        }
    }
}

/// A running (or killed) node.
#[derive(Debug)]
pub struct Server {
    child: Option<Child>,
    dir: TempDir,
    place: Place,
    http: reqwest::Client,
}

/// The built `acquaint` program: `ACQUAINT_BIN`, or the one beside the test programs.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ACQUAINT_BIN") {
        return PathBuf::from(path);
    }
    let this = std::env::current_exe().expect("a program knows its own path");
    // A test lies in <profile>/deps, a benchmark in <profile> itself.
    this.ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join("acquaint"))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!(
                "no `acquaint` beside {}: run `make build` first",
                this.display()
            )
        })
}

impl Server {
    /// Starts a node in a new directory and waits until it is ready.
    pub async fn start(options: &ServerOptions) -> Self {
        let mut server = Self::prepare(options);
        server.restart().await;
        server
    }

    /// Makes directory and configuration, and starts nothing yet.
    pub fn prepare(options: &ServerOptions) -> Self {
        Self::prepare_at(Place::loopback(), options)
    }

    /// As [`Server::prepare`], at a place that the test has chosen.
    pub fn prepare_at(place: Place, options: &ServerOptions) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("acquaint-test-")
            .tempdir()
            .expect("a directory for the server can be made");
        let server = Self {
            child: None,
            dir,
            place,
            http: reqwest::Client::new(),
        };
        std::fs::write(server.config_path(), server.configuration(options))
            .expect("the configuration can be written");
        server
    }

    /// Replaces the configuration; it counts from the next start.
    pub fn configure(&self, options: &ServerOptions) {
        std::fs::write(self.config_path(), self.configuration(options))
            .expect("the configuration can be written");
    }

    /// Starts the process (again) on the same directory and waits until it is ready.
    pub async fn restart(&mut self) {
        if let Err(reason) = self.try_restart().await {
            panic!("{reason}");
        }
    }

    /// As [`Server::restart`]; says why the server did not get ready.
    pub async fn try_restart(&mut self) -> Result<(), String> {
        self.spawn();
        self.answers_at("/health/ready").await
    }

    /// Waits until the server says yes at a path of its health, or says why it did not.
    pub async fn answers_at(&mut self, path: &str) -> Result<(), String> {
        let begun = Instant::now();
        while !self.is_well(path).await {
            if let Some(status) = self.exited() {
                let log = self.log();
                return Err(format!(
                    "the server ended ({status}) instead of answering at {path}:\n{log}"
                ));
            }
            if begun.elapsed() > READY_WITHIN {
                let log = self.log();
                return Err(format!(
                    "the server did not answer at {path} within {READY_WITHIN:?}:\n{log}"
                ));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Starts the process and does not wait.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "the server runs already");
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .expect("the log can be opened");
        let mut command = self.command_in_place();
        command
            .args(["serve", "--config"])
            .arg(self.config_path())
            .envs(self.place.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(duplicate(&log))
            .stderr(log);
        self.child = Some(command.spawn().expect("the server can be started"));
    }

    /// The binary, with an environment that no outer setting leaks into and that names this server.
    pub fn command(&self) -> Command {
        let mut command = self.clean(Command::new(binary()));
        command.env("ACQUAINT_URL", self.url(""));
        command.env("ACQUAINT_TOKEN", TOKEN);
        command
    }

    /// The binary where the server runs.
    fn command_in_place(&self) -> Command {
        match &self.place.space {
            None => self.clean(Command::new(binary())),
            // `ip` becomes the program, so its process id is that of the server.
            Some(space) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", space]).arg(binary());
                self.clean(command)
            }
        }
    }

    fn clean(&self, mut command: Command) -> Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ACQUAINT_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.dir.path());
        command
    }

    /// Changes what the server finds in its environment; it counts from the next start.
    pub fn set_environment(&mut self, environment: Vec<(String, String)>) {
        self.place.environment = environment;
    }

    /// `kill -9`, and waits until the process is gone.
    pub fn kill_nine(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child of ours can be killed");
            child.wait().expect("a child of ours can be waited for");
        }
    }

    /// Asks it to end as an operator would (SIGTERM) and returns how it ended.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended().await
    }

    /// Sends the process a signal, by its name without `SIG`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status()
            .expect("kill can be run");
        assert!(sent.success(), "SIG{name} could not be sent");
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.exited() {
                self.child = None;
                return status;
            }
            assert!(
                begun.elapsed() < STOPPED_WITHIN,
                "the server still ran after {STOPPED_WITHIN:?}:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        let child = self.child.as_mut()?;
        child.try_wait().expect("a child of ours can be asked")
    }

    async fn is_well(&self, path: &str) -> bool {
        let asked = self.http.get(self.url(path)).send().await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }

    /// The address with a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.place.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.place.address
    }

    /// One client for all requests of a test.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A GET with the token; the status and the body as JSON (null if it is not).
    pub async fn get(&self, path: &str) -> (u16, serde_json::Value) {
        let request = self.http.get(self.url(path)).bearer_auth(TOKEN);
        let answer = request.send().await.expect("the server answers");
        let status = answer.status().as_u16();
        let body = answer.bytes().await.expect("the answer has a body");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The bytes of the whole export.
    pub async fn export(&self) -> Vec<u8> {
        self.export_at("/v1/export").await
    }

    /// The bytes of an export that has all that was acknowledged, through any node. A group may be between two leaders.
    pub async fn export_strong(&self) -> Vec<u8> {
        self.export_at("/v1/export?consistency=strong").await
    }

    async fn export_at(&self, path: &str) -> Vec<u8> {
        let begun = Instant::now();
        loop {
            let request = self.http.get(self.url(path)).bearer_auth(TOKEN);
            let answer = request.send().await.expect("the server answers");
            let status = answer.status().as_u16();
            if status == 503 && begun.elapsed() < READY_WITHIN {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            assert_eq!(status, 200, "export: {}", self.log());
            let export = answer.bytes().await;
            return export.expect("the export arrives whole").to_vec();
        }
    }

    /// The export, or `None` when it could not be had whole.
    pub async fn try_export(&self) -> Option<Vec<u8>> {
        let request = self.http.get(self.url("/v1/export")).bearer_auth(TOKEN);
        let answer = request.send().await.ok()?;
        if answer.status().as_u16() != 200 {
            return None;
        }
        Some(answer.bytes().await.ok()?.to_vec())
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.exited().is_some()
    }

    /// Whether there is a process.
    pub fn is_running(&mut self) -> bool {
        self.child.is_some() && !self.has_ended()
    }

    /// Everything that the process wrote, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Fails when any life of the process panicked.
    pub fn assert_no_panic(&self) {
        let log = self.log();
        assert!(!log.contains("panicked at"), "the server panicked:\n{log}");
    }

    /// Where the node keeps its store.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A directory that is the test's own.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn config_path(&self) -> PathBuf {
        self.dir.path().join("acquaint.toml")
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("server.log")
    }

    fn cluster_section(&self) -> String {
        let peer = self.place.peer_address;
        peer.map_or_else(String::new, |peer| {
            format!("[cluster]\npeer_listen = \"{peer}\"")
        })
    }

    fn configuration(&self, options: &ServerOptions) -> String {
        format!(
            r#"data_dir = "{data_dir}"
listen = "{listen}"
anchors_groups = {anchors_groups}
cache_bytes = {cache_bytes}
disk_free_bytes_min = {disk_free_bytes_min}

{sections}

{cluster}

[[workspace]]
name = "tests"
secret = "{SECRET}"
region = "US"
{workspace}

[[workspace.write_key]]
key = "{WRITE_KEY_SERVER}"
name = "server"
trust = "server"

[[workspace.write_key]]
key = "{WRITE_KEY_PUBLIC}"
name = "public"
trust = "public"

[[workspace.token]]
token = "{TOKEN}"
name = "everything"
scopes = ["ingest", "profiles:read", "facts:read", "facts:write", "export", "admin", "cluster:admin"]

[[workspace.token]]
token = "token-with-no-right-to-export"
name = "reader"
scopes = ["profiles:read"]
"#,
            data_dir = self.data_dir().display(),
            listen = self.place.address,
            anchors_groups = options.anchors_groups,
            cache_bytes = options.cache_bytes,
            disk_free_bytes_min = options.disk_free_bytes_min,
            sections = options.sections,
            cluster = self.cluster_section(),
            workspace = options.workspace,
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_nine();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

fn duplicate(file: &File) -> File {
    file.try_clone().expect("a file handle can be duplicated")
}
