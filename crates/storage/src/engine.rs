//! RocksDB as this crate uses it: the column families, their options, and ranges.
//!
//! - Three column families share one write-ahead log: `data` (rows), `log` (Raft logs), `meta` (what a group knows of
//!   itself). An unsynced write of state is safe because the log entries it came from are in the same write-ahead
//!   log, before it: recovery keeps a prefix.
//! - The options change speed and size only. What is on disk can be read with any of them.
//! - `track_and_verify_wals_in_manifest` stays off: with it, RocksDB 11.8 crashes when a checkpoint is opened read-only.

use std::{ops::ControlFlow, path::Path};

use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType,
    DBRawIterator, DBRecoveryMode, DataBlockIndexType, LogLevel, Options, ReadOptions,
    SliceTransform,
};

use crate::{Error, KeyRange};

/// The rows.
pub(crate) const DATA: &str = "data";
/// The Raft logs.
pub(crate) const LOG: &str = "log";
/// What a group knows of itself.
pub(crate) const META: &str = "meta";
/// Every column family, with RocksDB's own, which stays empty.
pub(crate) const FAMILIES: [&str; 4] = ["default", DATA, LOG, META];

/// The first bytes of a key that scans are filtered by: slot, kind, workspace and anchor of an interaction's rows; of a graph's
/// rows the partition, workspace, epoch, table, and enough of the node to tell it from others.
pub(crate) const PREFIX_BYTES: usize = 23;
/// The share of a write buffer that is its own bloom filter: point reads and short ranges then pass over it where it cannot help.
const WRITE_BUFFER_BLOOM: f64 = 0.05;
/// Bits of bloom filter per key: about one point read in a hundred of a key that is not there touches a block.
const BLOOM_BITS: f64 = 10.0;
/// Point reads of small rows want small blocks, compression wants large ones.
const BLOCK_BYTES: usize = 8 << 10;
/// All write buffers together.
const WRITE_BUFFERS_BYTES: usize = 256 << 20;
/// The write-ahead log that recovery may have to read.
const WAL_BYTES_MAX: u64 = 512 << 20;
/// Files that RocksDB keeps open.
pub(crate) const OPEN_FILES_MAX: i32 = 2048;
/// Files of RocksDB's own messages that are kept.
const INFO_LOGS_MAX: usize = 4;
/// Threads for flushes and compactions.
const BACKGROUND_JOBS_MAX: i32 = 4;

/// Options of the whole database.
pub(crate) fn database_options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    // Recovery keeps a prefix, whatever a power cut has torn behind what was synced. That nothing synced is missing from
    // the prefix is what the synced mark is for.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_max_background_jobs(BACKGROUND_JOBS_MAX);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    options.set_bytes_per_sync(1 << 20);
    options.set_keep_log_file_num(INFO_LOGS_MAX);
    options.set_log_level(LogLevel::Warn);
    options
}

/// Every column family with its options.
pub(crate) fn families(cache: &Cache) -> Vec<ColumnFamilyDescriptor> {
    FAMILIES
        .iter()
        .map(|name| ColumnFamilyDescriptor::new(*name, family_options(name, cache)))
        .collect()
}

/// The options of one column family; also those of the files that are made to be ingested into it.
pub(crate) fn family_options(name: &str, cache: &Cache) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(BLOCK_BYTES);
    table.set_cache_index_and_filter_blocks(true);
    table.set_cache_index_and_filter_blocks_with_high_priority(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    // Indexes and filters in pieces, so that a small cache holds the pieces that are asked for and does not read a
    // table's whole index, and throw other rows out for it, to find one row.
    table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    table.set_partition_filters(true);
    table.set_metadata_block_size(BLOCK_BYTES);
    table.set_pin_top_level_index_and_filter(true);
    let mut options = Options::default();
    options.set_compression_type(DBCompressionType::Lz4);
    match name {
        DATA => {
            table.set_bloom_filter(BLOOM_BITS, false);
            // A point read finds its row in a block by a hash, not by a search.
            table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
            options.set_prefix_extractor(SliceTransform::create_fixed_prefix(PREFIX_BYTES));
            // Most rows that a write asks for are not there yet, and a search of a full write buffer costs more than the filter.
            options.set_memtable_prefix_bloom_ratio(WRITE_BUFFER_BLOOM);
            options.set_memtable_whole_key_filtering(true);
            options.set_bottommost_compression_type(DBCompressionType::Zstd);
            options.set_write_buffer_size(64 << 20);
        }
        // Entries are read in ranges and soon purged: no filter, no second compression.
        LOG => options.set_write_buffer_size(64 << 20),
        _ => options.set_write_buffer_size(1 << 20),
    }
    options.set_level_compaction_dynamic_level_bytes(true);
    options.set_block_based_table_factory(&table);
    options
}

/// Turns RocksDB's refusal to open a directory into an error that says what to do.
pub(crate) fn open_error(path: &Path, error: rocksdb::Error) -> Error {
    let (path, message) = (path.to_owned(), error.clone().into_string());
    if message.contains("LOCK")
        && (message.contains("While lock file") || message.contains("lock hold by"))
    {
        return Error::Locked { path };
    }
    match error.kind() {
        rocksdb::ErrorKind::Corruption => Error::Corrupt { path, message },
        // A file that the manifest names is gone.
        rocksdb::ErrorKind::IOError if message.contains("No such file") => {
            Error::Corrupt { path, message }
        }
        _ => Error::Engine {
            action: "open the store",
            message,
        },
    }
}

/// In which order a range is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key.
    Ascending,
    /// From the greatest key.
    Descending,
}

/// Read options for a range, in order of key.
pub(crate) fn range_options(mut options: ReadOptions, range: &KeyRange) -> ReadOptions {
    options.set_iterate_lower_bound(range.from.clone());
    options.set_iterate_upper_bound(range.to.clone());
    options.set_total_order_seek(true);
    options
}

/// Read options for a range of rows that is read in this order. Where all its keys share their first [`PREFIX_BYTES`], a filter
/// says of most files and write buffers that they hold none of them.
pub(crate) fn row_range_options(range: &KeyRange, order: Order) -> ReadOptions {
    let mut options = range_options(ReadOptions::default(), range);
    // The last key of a range is sought by its upper bound, which begins otherwise.
    if order == Order::Ascending && range.is_within(PREFIX_BYTES) {
        options.set_total_order_seek(false);
        options.set_prefix_same_as_start(true);
    }
    options
}

/// Shows each row of an iterator that [`range_options`] bounds, until `row` breaks.
pub(crate) fn for_each(
    mut rows: DBRawIterator<'_>,
    order: Order,
    mut row: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
) -> Result<(), Error> {
    match order {
        Order::Ascending => rows.seek_to_first(),
        Order::Descending => rows.seek_to_last(),
    }
    while let Some((key, value)) = rows.item() {
        if row(key, value).is_break() {
            break;
        }
        match order {
            Order::Ascending => rows.next(),
            Order::Descending => rows.prev(),
        }
    }
    // An iterator that meets an error looks like one that is at its end.
    rows.status().map_err(Error::engine("read a range"))
}

/// The handle of a column family that every store has.
pub(crate) fn family<'a>(
    db: &'a DB,
    name: &'static str,
) -> Result<&'a rocksdb::ColumnFamily, Error> {
    let missing = || Error::Engine {
        action: "find a column family",
        message: format!("{name} is not open"),
    };
    db.cf_handle(name).ok_or_else(missing)
}
