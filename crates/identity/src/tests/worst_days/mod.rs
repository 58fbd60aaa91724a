//! The worst days: what shops, households and abusers do to an identity graph, at length.
//!
//! - No command reads or writes much, whatever came before it, and what comes last costs no more than what came first:
//!   rows and bytes are counted, not seconds.
//! - Nobody is glued, nobody vanishes, and the rows are those of computing all at once.
//! - Small by default; `make worst-days` runs them whole (`ACQUAINT_WORST_DAYS=full`) and prints what they cost.

mod days;
mod kiosk;
mod loops;
mod mailbox;
mod million;

use std::cell::Cell;
use std::convert::Infallible;

use crate::tests::graphs::everybody_is_found;
use crate::tests::{World, difference, from_scratch, node, rules};
use crate::{
    Effects, Evidence, Fact, FactId, IDENTIFIERS_SHOWN_MAX, Lookup, Memory, NodeId, Rank, Reader,
    Resolver, RowKey, RowPrefix, RowValue, Rules, Undo,
};

/// Pieces of evidence that are computed once more all at once. Beyond, one command would lay too many writes over each scan.
const REBUILT_MAX: usize = 20_000;

/// Steps that finish anything here.
const STEPS_MAX: u32 = 100_000;

/// The size of a worst day: the whole one when it is asked for.
fn size(small: u32, full: u32) -> u32 {
    match std::env::var("ACQUAINT_WORST_DAYS").as_deref() {
        Ok("full") => full,
        Ok(other) => panic!("ACQUAINT_WORST_DAYS is `full` or absent, not `{other}`"),
        Err(_) => small,
    }
}

/// Counts the rows that are read through it.
struct Counting<'a> {
    memory: &'a Memory,
    rows: Cell<u64>,
}

impl Reader for Counting<'_> {
    type Error = Infallible;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Infallible> {
        self.rows.set(self.rows.get() + 1);
        self.memory.get(key)
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Infallible> {
        let rows = self.memory.scan(prefix, after, limit)?;
        self.rows.set(self.rows.get() + 1 + rows.len() as u64);
        Ok(rows)
    }
}

/// What commands cost: of all together, and the most that one did.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    commands: u64,
    read: u64,
    read_max: u64,
    written_max: u64,
    /// Bytes of the rows that were written, as storage encodes them.
    bytes_max: u64,
}

impl Cost {
    fn add(&mut self, read: u64, effects: &Effects) {
        let bytes = effects.writes.iter().map(encoded).sum();
        self.commands += 1;
        self.read += read;
        self.read_max = self.read_max.max(read);
        self.written_max = self.written_max.max(effects.writes.len() as u64);
        self.bytes_max = self.bytes_max.max(bytes);
    }

    /// Rows that one command reads on average.
    fn read_each(&self) -> u64 {
        self.read / self.commands.max(1)
    }
}

fn encoded(row: (&RowKey, &Option<RowValue>)) -> u64 {
    let bytes = bincode::serde::encode_to_vec(row, bincode::config::standard()).unwrap();
    bytes.len() as u64
}

/// What the commands of a worst day may cost.
struct Bounds {
    /// Rows read by the most expensive command.
    read_max: u64,
    /// Bytes written by the most expensive command.
    bytes_max: u64,
}

/// A world whose commands are counted, with what it was told.
struct Day {
    name: &'static str,
    world: World,
    evidence: Vec<Evidence>,
    cost: Cost,
}

impl Day {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            world: World::new(rules()),
            evidence: Vec::new(),
            cost: Cost::default(),
        }
    }

    /// One command.
    fn command(&mut self, decide: impl FnOnce(&Resolver<'_, Counting<'_>>) -> Effects) {
        let counting = Counting {
            memory: &self.world.memory,
            rows: Cell::new(0),
        };
        let effects = decide(&Resolver::new(&counting, &self.world.rules));
        self.cost.add(counting.rows.get(), &effects);
        self.world.memory.apply(effects);
    }

    /// One command with one piece of evidence, and the steps that it left.
    fn observe(&mut self, evidence: Evidence) {
        let one = std::slice::from_ref(&evidence);
        self.command(|resolver| resolver.observe(one).unwrap());
        self.evidence.push(evidence);
        self.settle();
    }

    fn retract(&mut self, evidence: &Evidence) {
        let of = |evidence: &Evidence| (evidence.strand, evidence.source.clone());
        self.command(|resolver| resolver.retract(evidence.strand, &evidence.source).unwrap());
        self.evidence.retain(|other| of(other) != of(evidence));
        self.settle();
    }

    fn fact(&mut self, fact: &Fact) {
        self.command(|resolver| resolver.fact(fact).unwrap().unwrap());
        self.settle();
    }

    fn undo(&mut self, fact: FactId) {
        let undo = Undo {
            author: "operator".to_owned(),
            reason: "mistaken".to_owned(),
            at_ms: 0,
        };
        self.command(|resolver| resolver.undo(fact, &undo).unwrap().unwrap());
        self.settle();
    }

    /// Steps until nothing is pending; each is a command of its own.
    fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            if self.world.resolver().pending(1).unwrap().is_empty() {
                return;
            }
            self.command(|resolver| resolver.step().unwrap());
        }
        panic!("the steps do not end");
    }

    /// A stream, piece by piece. Its last tenth costs no more per command than its second, but for what a count more of
    /// digits costs: no cost grows with what is there already.
    fn stream(&mut self, length: u32, piece: impl Fn(u32) -> Evidence, bounds: &Bounds) {
        let mut tenths = Vec::new();
        for tenth in 0..10 {
            self.cost = Cost::default();
            for number in length / 10 * tenth..length / 10 * (tenth + 1) {
                self.observe(piece(number));
            }
            tenths.push(self.cost);
        }
        self.assert_within(&tenths, bounds);
        let (early, late) = (tenths[1].read_each(), tenths[9].read_each());
        assert!(
            late <= early + early / 4 + 2,
            "{}: {early} rows a command early, {late} late",
            self.name
        );
    }

    fn assert_within(&self, costs: &[Cost], bounds: &Bounds) {
        for cost in costs {
            println!(
                "{}: {cost:?}, {} rows read each",
                self.name,
                cost.read_each()
            );
            let is_within = cost.read_max <= bounds.read_max && cost.bytes_max <= bounds.bytes_max;
            assert!(
                is_within,
                "{}: one command cost too much: {cost:?}",
                self.name
            );
        }
    }

    /// What a lookup of an identifier answers; it reads a bounded number of rows.
    fn lookup(&self, identifier: &str) -> Lookup {
        let counting = Counting {
            memory: &self.world.memory,
            rows: Cell::new(0),
        };
        let resolver = Resolver::new(&counting, &self.world.rules);
        let lookup = resolver.lookup(node(identifier)).unwrap();
        let read = counting.rows.get();
        assert!(read <= 2 * IDENTIFIERS_SHOWN_MAX as u64, "{read} rows");
        assert_ne!(lookup, Lookup::Unknown, "{identifier} vanished");
        lookup
    }

    /// The identifiers of the profile that one belongs to, the strongest first.
    fn profile(&self, identifier: &str) -> Vec<String> {
        let (Lookup::Profile(view)
        | Lookup::Blocked { profile: view }
        | Lookup::Shared { profile: view, .. }) = self.lookup(identifier)
        else {
            panic!("{identifier} vanished");
        };
        assert!(!view.pending);
        view.members.into_iter().map(|member| member.key).collect()
    }

    /// Asserts that the rows are those of computing all at once, that everybody is found, and that nobody is glued.
    fn assert_right(&self) {
        for (_, row) in self.world.memory.rows() {
            if let RowValue::Profile(profile) = row {
                let logins = profile.nodes.iter().filter(|node| self.is_login(**node));
                assert!(logins.count() <= 1, "{}: glued: {profile:?}", self.name);
            }
        }
        everybody_is_found(&self.world).unwrap();
        if self.evidence.len() > REBUILT_MAX {
            return;
        }
        let rules = Rules {
            work_max: u32::MAX,
            ..self.world.rules.clone()
        };
        let scratch = from_scratch(&rules, &self.evidence, &[]);
        if let Some(difference) = difference(&self.world, &scratch) {
            panic!("{}: {difference}", self.name);
        }
    }

    fn is_login(&self, node: NodeId) -> bool {
        match self.world.memory.get(&RowKey::Node { node }).unwrap() {
            Some(RowValue::Node(row)) => row.rank == Rank(0),
            _ => false,
        }
    }
}
