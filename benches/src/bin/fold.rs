//! Fold and resolve in memory, on one thread: the two computations that everything waits for.
//!
//! - *Fold*: the rollups of one person's anchors become a profile. Its floor is copying the
//!   folded profile, which any answer has to do.
//! - *Resolve*: evidence goes into the resolver one by one. Its floor is putting as many
//!   rows into an ordered map.
//!
//! `BENCH_PEOPLE` is the number of people to resolve.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use acquaint_bench::Latencies;
use acquaint_benches::setting;
use acquaint_identity as identity;
use acquaint_profile::{
    Flags, Identifier, Identifiers, Interaction, Kind, Monoid, Namespaces, Region, Rollup,
    Timestamp, Value, WorkspaceSecret, fold,
};
use identity::{Day, Evidence, EvidenceIdentifier, Memory, Rank, Resolver, Rules, Source, Trust};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

const ANCHORS: usize = 12;
const INTERACTIONS_PER_ANCHOR: usize = 50;
const FOLDS: usize = 2_000;
const ROUNDS: usize = 5;
const DAY_MS: i64 = 86_400_000;
const FIRST_DAY: i64 = 20_000;

struct Workspace {
    namespaces: Namespaces,
    secret: WorkspaceSecret,
    region: Region,
}

impl Workspace {
    fn identifier(&self, namespace: &str, value: &str) -> Identifier {
        let (_, spec) = self
            .namespaces
            .require(namespace)
            .expect("a built-in namespace");
        Identifier::parse(spec, value).expect("a good value")
    }

    fn interaction(&self, anchor: usize, number: usize) -> Interaction {
        let user = self.identifier("user_id", &format!("user-{anchor}"));
        let number_ms = i64::try_from(number).expect("a small number");
        let time = Timestamp((FIRST_DAY + number_ms) * DAY_MS);
        let is_order = number.is_multiple_of(10);
        let event = if is_order {
            "Order Completed"
        } else {
            "Product Viewed"
        };
        let text = |text: &str| Value::String(text.to_owned());
        let properties = [
            ("order_id", text(&format!("o-{anchor}-{number}"))),
            ("revenue", text("19.95")),
            ("currency", text("EUR")),
        ];
        Interaction {
            message_id: format!("m-{anchor}-{number}").parse().expect("a short id"),
            kind: Kind::Track,
            event: Some(event.to_owned()),
            channel: ["web", "app", "store"][number % 3]
                .parse()
                .expect("a channel"),
            time,
            received: time,
            identifiers: Identifiers::new(&self.namespaces, vec![user]).expect("one identifier"),
            traits: [("plan", text("gold")), ("city", text("Turin"))]
                .map(own)
                .into(),
            properties: properties.map(own).into(),
            context: BTreeMap::new(),
            source: "bench".to_owned(),
            flags: Flags::NONE,
        }
    }

    fn evidence(&self, person: usize, session: usize) -> Evidence {
        let pairs = [
            ("user_id", format!("user-{person}")),
            ("email", format!("person{person}@example.com")),
            ("anonymous_id", format!("browser-{person}-{session}")),
        ];
        let identifiers = pairs
            .iter()
            .map(|(namespace, value)| self.identifier(namespace, value));
        let identifiers = Identifiers::new(&self.namespaces, identifiers.collect());
        let identifiers = identifiers.expect("three identifiers");
        let ids = identifiers.ids(&self.secret);
        let of_identity = |identifier: &Identifier| {
            let name = identifier.namespace.as_str();
            let (rank, spec) = self.namespaces.require(name).expect("a built-in namespace");
            let key = identifier.matching_key(spec, &self.region);
            EvidenceIdentifier {
                id: identity::IdentifierId(identifier.id(&self.secret).0),
                rank: Rank(rank),
                canonical: identifier.value.clone(),
                node: identity::NodeId(key.id(&self.secret).0),
                key: key.value,
            }
        };
        let day = u32::try_from(session).expect("a small number");
        Evidence {
            strand: identity::StrandId(identifiers.strand(&self.secret).0),
            source: Source("bench".to_owned()),
            revision: 0,
            trust: Trust::Server,
            anchor: identity::IdentifierId(ids[0].0),
            identifiers: identifiers.iter().map(of_identity).collect(),
            alias: false,
            days: BTreeSet::from([Day(20_000 + day)]),
            first_names: BTreeMap::new(),
            birth_dates: BTreeMap::new(),
            sample_message_ids: BTreeSet::from([format!("m-{person}-{session}")]),
        }
    }
}

fn own<T>((name, value): (&str, T)) -> (String, T) {
    (name.to_owned(), value)
}

/// The time of one call, as the median of rounds of many.
fn per_call<T>(calls: usize, mut call: impl FnMut() -> T) -> Duration {
    let calls_each = u32::try_from(calls).expect("a small number");
    let round = |_| {
        let begun = Instant::now();
        (0..calls).for_each(|_| drop(black_box(call())));
        begun.elapsed() / calls_each
    };
    Latencies::from_iter((0..ROUNDS).map(round)).median()
}

fn bench_fold(workspace: &Workspace) {
    let rollups: Vec<Rollup> = (0..ANCHORS)
        .map(|anchor| {
            let mut sum = Rollup::empty();
            for number in 0..INTERACTIONS_PER_ANCHOR {
                sum.merge(&Rollup::of(&workspace.interaction(anchor, number)));
            }
            sum
        })
        .collect();
    println!(
        "fold in memory: {ANCHORS} rollups of {INTERACTIONS_PER_ANCHOR} interactions each, no cache"
    );
    let interaction = workspace.interaction(0, 0);
    let one = per_call(FOLDS, || fold(&rollups[..1]));
    let copied = fold(&rollups);
    let copy = per_call(FOLDS, || copied.clone());
    let took = per_call(FOLDS, || fold(&rollups));
    let ratio = took.as_secs_f64() / copy.as_secs_f64();
    println!("  floor: copy of the profile  {copy:>9.1?}");
    println!("  fold of one rollup          {one:>9.1?}");
    println!("  fold of {ANCHORS} rollups          {took:>9.1?}  {ratio:.1} x floor");
    let took = per_call(FOLDS, || Rollup::of(&interaction));
    println!("  rollup of one interaction   {took:>9.1?}");
    let single = Rollup::of(&interaction);
    let mut sum = rollups[0].clone();
    let took = per_call(FOLDS, || sum.merge(&single));
    println!("  merge of one interaction    {took:>9.1?}");
}

fn bench_resolve(workspace: &Workspace) {
    let people = setting("BENCH_PEOPLE", 10_000);
    let sessions = (0..people).flat_map(|person| (0..3).map(move |session| (person, session)));
    let mut evidence: Vec<Evidence> = sessions
        .map(|(person, session)| workspace.evidence(person, session))
        .collect();
    evidence.shuffle(&mut ChaCha8Rng::seed_from_u64(5));
    let namespaces: Vec<(&str, bool)> = workspace
        .namespaces
        .iter()
        .map(|spec| (spec.name.as_str(), spec.exclusive))
        .collect();
    let rules = Rules::standard(&namespaces);
    let mut memory = Memory::default();
    let begun = Instant::now();
    for one in &evidence {
        let Ok(effects) = Resolver::new(&memory, &rules).observe(std::slice::from_ref(one));
        let mut pending = effects.pending;
        memory.apply(effects);
        // What is put off is part of the price.
        while pending {
            let Ok(effects) = Resolver::new(&memory, &rules).step();
            pending = effects.pending;
            memory.apply(effects);
        }
    }
    let took = begun.elapsed();
    let rows: Vec<_> = memory
        .rows()
        .map(|(key, value)| (*key, value.clone()))
        .collect();
    let begun = Instant::now();
    black_box(rows.iter().cloned().collect::<BTreeMap<_, _>>());
    let floor = begun.elapsed();
    let rate = |took: Duration| evidence.len() as f64 / took.as_secs_f64();
    println!(
        "resolve in memory: {people} people, {} pieces of evidence in random order, {} rows, no cache",
        evidence.len(),
        rows.len()
    );
    println!(
        "  floor: the rows into an ordered map  {:>9.0} evidence/s",
        rate(floor)
    );
    println!(
        "  resolve, one by one                  {:>9.0} evidence/s  {:.3} x floor",
        rate(took),
        rate(took) / rate(floor)
    );
}

fn main() {
    let workspace = Workspace {
        namespaces: Namespaces::builtin(),
        secret: WorkspaceSecret::new([7; 32]),
        region: "US".parse().expect("a region"),
    };
    bench_fold(&workspace);
    bench_resolve(&workspace);
}
