//! One identity group at its best: the resolver over RocksDB, what it decides written in one batch.

use std::time::{Duration, Instant};

use acquaint_bench::Latencies;
use acquaint_benches::bytes_below;
use acquaint_benches::identity::{COMMAND_MESSAGES, Strands, Stream};
use acquaint_identity::{Evidence, Resolver, Rules};
use acquaint_profile::WorkspaceId;
use acquaint_storage::{Graph, GroupId, Place, Store, StoreOptions};

const PLACE: Place = Place {
    group: GroupId::Identity(0),
    workspace: WorkspaceId(1),
    epoch: 1,
};
const CACHE_BYTES: usize = 256 << 20;

/// What a command took.
struct Took {
    deciding: Duration,
    writing: Duration,
}

fn observe(store: &Store, changed: &[Evidence], rules: &Rules) -> Took {
    let begun = Instant::now();
    let mut batch = store.batch(PLACE.group);
    let decided = Resolver::new(&Graph::new(&batch, PLACE), rules).observe(changed);
    let mut effects = decided.expect("the store can be read");
    let mut is_pending = effects.pending;
    let mut deciding = begun.elapsed();
    let mut writing = Duration::ZERO;
    loop {
        let begun = Instant::now();
        PLACE.write(effects.writes, &mut batch);
        batch.commit().expect("the store can be written");
        writing += begun.elapsed();
        if !is_pending {
            return Took { deciding, writing };
        }
        let begun = Instant::now();
        batch = store.batch(PLACE.group);
        let graph = Graph::new(&batch, PLACE);
        let resolver = Resolver::new(&graph, rules);
        let left = resolver.pending(1).expect("the store can be read");
        is_pending = !left.is_empty();
        effects = resolver.step().expect("the store can be read");
        deciding += begun.elapsed();
    }
}

pub(crate) fn bench(stream: &Stream, identifiers: usize, rules: &Rules) {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let mut options = StoreOptions::new(dir.path());
    options.cache_bytes = CACHE_BYTES;
    let store = Store::open(&options).expect("a store can be made");
    let replicas = identifiers.div_ceil(stream.identifiers);
    let identifiers = stream.identifiers * replicas;
    println!(
        "one identity group: {identifiers} identifiers, an empty store, cache {CACHE_BYTES} bytes, no log, no network"
    );
    let (mut strands, mut states) = (Strands::default(), 0);
    let (mut deciding, mut writing, mut commands) = (Duration::ZERO, Duration::ZERO, Vec::new());
    for start in (0..stream.len(replicas)).step_by(COMMAND_MESSAGES) {
        let messages = stream.messages(replicas, start..start + COMMAND_MESSAGES, rules);
        let (changed, _) = strands.add(messages);
        states += changed.len();
        let took = observe(&store, &changed, rules);
        deciding += took.deciding;
        writing += took.writing;
        commands.push(took.deciding + took.writing);
    }
    store.flush().expect("the store can be flushed");
    let rate = |took: Duration| states as f64 / took.as_secs_f64();
    let (floor, found) = (rate(writing), rate(deciding + writing));
    println!("  floor: writing what was decided  {floor:>9.0} evidence/s");
    println!(
        "  deciding and writing             {found:>9.0} evidence/s  {:.3} x floor",
        found / floor
    );
    println!(
        "  in messages                      {:>9.0} messages/s",
        stream.len(replicas) as f64 / (deciding + writing).as_secs_f64()
    );
    println!(
        "  a command                        {}",
        Latencies::from_iter(commands)
    );
    println!(
        "  on disk, as written              {:>9} bytes an identifier",
        bytes_below(dir.path()) / u64::try_from(identifiers).expect("a number of identifiers")
    );
}
