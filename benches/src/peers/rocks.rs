//! RocksDB alone: the floor of a read and of a durable write in a store that embeds it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rocksdb::{BlockBasedOptions, Cache, DB, Options, WriteBatch, WriteOptions};

use super::PeerError;

const PEER: &str = "RocksDB";
const BLOOM_BITS: f64 = 10.0;
const SEED: u64 = 11;

/// A store of rows of one size, flushed to files, to be read by key.
#[derive(Debug)]
pub struct RocksFloor {
    db: DB,
    rows: usize,
    random: ChaCha8Rng,
}

impl RocksFloor {
    /// Writes `rows` rows of `bytes` random bytes into a new store in `dir`. A cache that is larger
    /// than all of it makes reads *cached*, a much smaller one *cold* (the file system's own cache
    /// is warm in both).
    ///
    /// # Errors
    /// The store cannot be made or written.
    pub fn fill(
        dir: &Path,
        rows: usize,
        bytes: usize,
        cache_bytes: usize,
    ) -> Result<Self, PeerError> {
        let failed = PeerError::failed(PEER, "fill a store");
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(&Cache::new_lru_cache(cache_bytes));
        table.set_bloom_filter(BLOOM_BITS, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_block_based_table_factory(&table);
        let db = DB::open(&options, dir).map_err(&failed)?;
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let value: Vec<u8> = (0..bytes).map(|_| random.random()).collect();
        for row in 0..rows {
            db.put(row.to_be_bytes(), &value).map_err(&failed)?;
        }
        db.flush().map_err(&failed)?;
        Ok(Self { db, rows, random })
    }

    /// The times of `count` point reads of random rows.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn point_gets(&mut self, count: usize) -> Result<Vec<Duration>, PeerError> {
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let row = self.random.random_range(0..self.rows);
            let begun = Instant::now();
            let found = self.db.get_pinned(row.to_be_bytes());
            let waited = begun.elapsed();
            let found = found.map_err(PeerError::failed(PEER, "read a row"))?;
            if found.is_none() {
                return Err(PeerError::failed(PEER, "read a row")("it is missing"));
            }
            took.push(waited);
        }
        Ok(took)
    }
}

/// Durable writes a second: batches of one row of `bytes`, each synced before the next, from
/// `threads` threads, whose batches RocksDB groups.
///
/// # Errors
/// The store in `dir` cannot be made or written.
pub fn synced_writes(
    dir: &Path,
    bytes: usize,
    threads: usize,
    time: Duration,
) -> Result<f64, PeerError> {
    let failed = PeerError::failed(PEER, "write a synced batch");
    let mut options = Options::default();
    options.create_if_missing(true);
    let db = DB::open(&options, dir).map_err(&failed)?;
    let (next, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let write = || {
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        let value = vec![7; bytes];
        while !over.load(Ordering::Relaxed) {
            let mut batch = WriteBatch::default();
            let row = next.fetch_add(1, Ordering::Relaxed);
            batch.put(row.to_be_bytes(), &value);
            db.write_opt(batch, &synced)?;
        }
        Ok::<_, rocksdb::Error>(())
    };
    let begun = Instant::now();
    let results: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..threads).map(|_| scope.spawn(write)).collect();
        std::thread::sleep(time);
        over.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join()).collect()
    });
    let took = begun.elapsed();
    for result in results {
        let result = result.map_err(|_| PeerError::failed(PEER, "write a synced batch")("a panic"));
        result?.map_err(&failed)?;
    }
    Ok(next.into_inner() as f64 / took.as_secs_f64())
}
