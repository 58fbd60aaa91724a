//! What can happen to the nodes of a cluster, and to the network between them.

use std::path::PathBuf;
use std::time::Duration;

use rand::Rng;
use rand::seq::{IndexedRandom, index};
use rand_chacha::ChaCha8Rng;

use crate::Network;
use crate::power::{DiskOptions, PoweredServer};

/// Room that a full disk still has. Less than the server wants to have free.
const FULL_BYTES: u64 = 1 << 20;
/// Clocks are wrong by at most so much, either way.
const CLOCK_OFFSET_SECONDS_MAX: i64 = 3_600;
/// Where Debian keeps libfaketime, by the machine's architecture.
const FAKE_CLOCKS: &str = "/usr/lib";

/// Something that happens to one node, or to how it hears the others. It lasts until it is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL.
    Kill(u8),
    /// The power goes: SIGKILL, and the disk forgets what was not synced.
    PowerLoss(u8),
    /// SIGSTOP, until SIGCONT.
    Pause(u8),
    /// Neither it nor the others hear each other.
    Isolation(u8),
    /// It hears no other node, and they hear it.
    Deafness(u8),
    /// No other node hears it, and it hears them.
    Muteness(u8),
    /// It hears everybody; the others hear only it.
    Bridge(u8),
    /// A write that needs room fails.
    FullDisk(u8),
}

/// The nodes and their network, with what is wrong with them now.
#[derive(Debug)]
pub struct Patients {
    /// The nodes.
    pub nodes: Vec<PoweredServer>,
    network: Network,
    /// libfaketime, where it is installed.
    fake_clock: Option<PathBuf>,
}

impl Fault {
    /// One, or sometimes two at once, of those that can happen to so many nodes.
    pub fn draw_some(nodes: u8, dice: &mut impl Rng) -> Vec<Self> {
        let count = 1 + usize::from(nodes > 1 && dice.random_ratio(1, 4));
        let hit = index::sample(dice, usize::from(nodes), count).into_vec();
        let draw = |node| {
            Self::draw(
                u8::try_from(node).expect("a test has few nodes"),
                nodes,
                dice,
            )
        };
        hit.into_iter().map(draw).collect()
    }

    fn draw(node: u8, nodes: u8, dice: &mut impl Rng) -> Self {
        let alone = [Self::Kill, Self::PowerLoss, Self::Pause, Self::FullDisk];
        let among_others = [
            Self::Isolation,
            Self::Deafness,
            Self::Muteness,
            Self::Bridge,
        ];
        let of_network = nodes > 1 && dice.random();
        let kinds: &[fn(u8) -> Self] = match of_network {
            true => &among_others,
            false => &alone,
        };
        kinds.choose(dice).expect("there are kinds")(node)
    }
}

impl Patients {
    /// Healthy ones.
    pub fn new(nodes: Vec<PoweredServer>, network: Network) -> Self {
        Self {
            nodes,
            network,
            fake_clock: find_fake_clock(),
        }
    }

    /// Whether clocks can be wrong here.
    pub fn has_fake_clocks(&self) -> bool {
        self.fake_clock.is_some()
    }

    /// Makes it happen.
    pub fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(node) => self.node(node).server.kill_nine(),
            Fault::PowerLoss(node) => self.node(node).power_off(),
            Fault::Pause(node) => self.node(node).server.signal("STOP"),
            Fault::Isolation(node) => {
                self.cut(|from, to| (from == node) != (to == node));
            }
            Fault::Deafness(node) => self.cut(|_, to| to == node),
            Fault::Muteness(node) => self.cut(|from, _| from == node),
            Fault::Bridge(node) => self.cut(|from, to| from != node && to != node),
            Fault::FullDisk(node) => {
                let disk = &self.node(node).disk;
                disk.set_capacity(disk.used_bytes() + FULL_BYTES);
            }
        }
    }

    /// Ends them. Nodes that do not run are started, perhaps with another time of day.
    pub async fn mend(&mut self, faults: &[Fault], dice: &mut ChaCha8Rng) -> Result<(), String> {
        self.network.heal();
        for fault in faults {
            match *fault {
                Fault::Pause(node) => self.node(node).server.signal("CONT"),
                Fault::FullDisk(node) => {
                    let room = DiskOptions::default().capacity_bytes;
                    self.node(node).disk.set_capacity(room);
                }
                _ => {}
            }
        }
        self.start_those_that_ended(dice).await
    }

    /// A node ends by itself when it can serve no longer, as with a full disk.
    async fn start_those_that_ended(&mut self, dice: &mut ChaCha8Rng) -> Result<(), String> {
        for place in 0..self.nodes.len() {
            if !self.nodes[place].server.is_running() {
                let clock = self.draw_clock(dice);
                let server = &mut self.nodes[place].server;
                server.kill_nine();
                server.set_environment(clock);
                server.spawn();
            }
        }
        // A node may need the others to get ready.
        for node in &mut self.nodes {
            node.server.answers_at("/health/ready").await?;
        }
        Ok(())
    }

    /// An environment in which the time of day is wrong, sometimes.
    pub fn draw_clock(&self, dice: &mut ChaCha8Rng) -> Vec<(String, String)> {
        let Some(library) = &self.fake_clock else {
            return Vec::new();
        };
        let offset = match dice.random_range(0..3) {
            0 => return Vec::new(),
            1 => dice.random_range(-10..=10),
            _ => dice.random_range(-CLOCK_OFFSET_SECONDS_MAX..=CLOCK_OFFSET_SECONDS_MAX),
        };
        let pairs = [
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME", format!("{offset:+}s")),
            // A clock that only counts is right on every machine.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn node(&mut self, node: u8) -> &mut PoweredServer {
        &mut self.nodes[usize::from(node)]
    }

    fn cut(&self, is_cut: impl Fn(u8, u8) -> bool) {
        let nodes = u8::try_from(self.nodes.len()).expect("a test has few nodes");
        for from in 0..nodes {
            for to in (0..nodes).filter(|to| *to != from) {
                if is_cut(from, to) {
                    self.network.cut(from, to);
                }
            }
        }
    }
}

/// How long something lasts: often short, sometimes longer than any timeout of the nodes.
pub fn draw_length(dice: &mut impl Rng) -> Duration {
    let most = [300, 2_000, 6_000].choose(dice).expect("there are some");
    Duration::from_millis(dice.random_range(50..*most))
}

fn find_fake_clock() -> Option<PathBuf> {
    let architectures = std::fs::read_dir(FAKE_CLOCKS).ok()?;
    let libraries = architectures
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    libraries.into_iter().find(|path| path.is_file())
}
