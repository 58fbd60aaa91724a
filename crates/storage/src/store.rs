//! The store of a node: one RocksDB, its logs and its state.
//!
//! - Every change of state is one write: rows, applied position and membership together, not synced ([`crate::Batch`]).
//! - Every change of the logs is one write, synced ([`crate::LogBatch`]). Both share one write-ahead log.
//! - The first write that fails stops the store: every later write is refused with [`Error::Stopped`], because what an
//!   fsync has failed to write is unknown, and asking again proves nothing. Reads go on.
//!
//! ```text
//! data directory
//! ├── db           RocksDB
//! ├── synced       how far its write-ahead log was synced
//! ├── checkpoints  hard links, gone at the next start
//! └── snapshots    <group>/<name>: SST files and a manifest
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rocksdb::{Cache, DB, WriteBatch, WriteOptions};

use crate::{
    Batch, Error, GroupId, LogBatch, Space, StateMeta, StoreOptions, View, codec,
    engine::{self, DATA, LOG, META, family},
    log_batch::LogWrite,
    meta_key::{Meta, NODE_KEY},
    row::NodeRow,
    snapshot::fsync,
    space::SpaceGuard,
    store_row,
    synced_mark::SyncedMark,
};

/// What a failure says that [`Store::fail_writes`] has made.
const ASKED_FOR: &str = "a test asked for this failure";

/// A handle to the store of a node. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: DB,
    path: PathBuf,
    sync: bool,
    read_only: bool,
    cache: Cache,
    space: SpaceGuard,
    /// None of a store that is only read.
    synced: Option<SyncedMark>,
    stopped: OnceLock<String>,
    fail_writes: AtomicBool,
    syncs: AtomicU64,
    checkpoints: AtomicU64,
}

impl Store {
    /// Opens the store of a data directory, makes it if there is none, and finishes what a crash has cut short.
    pub fn open(options: &StoreOptions) -> Result<Self, Error> {
        let path = &options.path;
        let cache = Cache::new_lru_cache(options.cache_bytes);
        let db = open_db(options, &cache)?;
        let synced = match options.read_only {
            true => None,
            false => Some(SyncedMark::open(path)?),
        };
        if let Some(synced) = &synced {
            synced.check(path, db.latest_sequence_number())?;
        }
        let space = SpaceGuard::new(
            path.clone(),
            options.space_probe.clone(),
            options.free_bytes_min,
        );
        let inner = Inner {
            db,
            path: path.clone(),
            sync: options.sync,
            read_only: options.read_only,
            cache,
            space,
            synced,
            stopped: OnceLock::new(),
            fail_writes: AtomicBool::new(false),
            syncs: AtomicU64::new(0),
            checkpoints: AtomicU64::new(0),
        };
        let store = Self {
            inner: Arc::new(inner),
        };
        store_row::check(&store)?;
        if !options.read_only {
            store.remove_unfinished()?;
            store.redo_installs()?;
        }
        Ok(store)
    }

    /// The data directory.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// A consistent view of every row as it is now.
    pub fn snapshot(&self) -> View<'_> {
        View::new(self)
    }

    /// A batch of changes to the state of a group.
    pub fn batch(&self, group: GroupId) -> Batch<'_> {
        Batch::new(self, group)
    }

    /// Writes to the logs. With `sync`, what is written is on disk when this returns.
    pub fn write_log(&self, batch: LogBatch, sync: bool) -> Result<(), Error> {
        let (log, meta) = (family(self.db(), LOG)?, family(self.db(), META)?);
        let mut writes = WriteBatch::default();
        for write in batch.writes {
            match write {
                LogWrite::PutLog { key, value } => writes.put_cf(log, key, value),
                LogWrite::DeleteLog { from, to } => writes.delete_range_cf(log, from, to),
                LogWrite::PutMeta { key, value } => writes.put_cf(meta, key, value),
            }
        }
        self.write("write the log", writes, sync)
    }

    /// A fact about a group's state.
    pub fn state_meta(&self, group: GroupId, fact: StateMeta) -> Result<Option<Vec<u8>>, Error> {
        self.meta(group, fact.into())
    }

    /// Which node of which cluster this is, if that was settled.
    pub fn node(&self) -> Result<Option<NodeRow>, Error> {
        let found = self.db().get_cf(family(self.db(), META)?, NODE_KEY);
        let bytes = found.map_err(Error::engine("read which node this is"))?;
        bytes.map(|bytes| codec::decode(&bytes)).transpose()
    }

    /// Settles which node of which cluster this is. It is on disk when this returns.
    pub fn set_node(&self, row: &NodeRow) -> Result<(), Error> {
        let mut writes = WriteBatch::default();
        writes.put_cf(family(self.db(), META)?, NODE_KEY, codec::encode(row));
        self.write("write which node this is", writes, true)
    }

    /// Free disk space.
    pub fn space(&self) -> Result<Space, Error> {
        self.inner.space.space()
    }

    /// Refuses new work while free disk space is below the watermark. To be asked before something is proposed.
    pub fn check_space(&self) -> Result<(), Error> {
        self.inner.space.check()
    }

    /// Why the store takes no more writes, if it does not.
    pub fn stopped(&self) -> Option<&str> {
        self.inner.stopped.get().map(String::as_str)
    }

    /// Makes every write from now on fail as if the disk had failed, for tests of what follows.
    pub fn fail_writes(&self, fail: bool) {
        self.inner.fail_writes.store(fail, Ordering::SeqCst);
    }

    /// How many synced writes there have been.
    pub fn syncs(&self) -> u64 {
        self.inner.syncs.load(Ordering::Relaxed)
    }

    /// Writes what is in memory to tables and syncs the write-ahead log, so that the next start is quick.
    pub fn flush(&self) -> Result<(), Error> {
        const FLUSH: &str = "flush";
        self.writable()?;
        if self.inner.fail_writes.load(Ordering::SeqCst) {
            return Err(self.stop(FLUSH, ASKED_FOR.to_owned()));
        }
        for name in [DATA, LOG, META] {
            self.db()
                .flush_cf(family(self.db(), name)?)
                .map_err(|error| self.stop(FLUSH, error.into_string()))?;
        }
        self.db()
            .flush_wal(self.inner.sync)
            .map_err(|error| self.stop("sync the write-ahead log", error.into_string()))
    }

    /// A number that RocksDB keeps about a column family (`data`, `log` or `meta`), such as `rocksdb.estimate-num-keys`.
    pub fn property(
        &self,
        family_name: &'static str,
        property: &str,
    ) -> Result<Option<u64>, Error> {
        let family = family(self.db(), family_name)?;
        self.db()
            .property_int_value_cf(family, property)
            .map_err(Error::engine("read a property"))
    }

    pub(crate) fn db(&self) -> &DB {
        &self.inner.db
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.inner.cache
    }

    /// A number for a checkpoint's directory that no other has had since the start.
    pub(crate) fn next_checkpoint(&self) -> u64 {
        self.inner.checkpoints.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.inner.read_only
    }

    pub(crate) fn is_synced(&self) -> bool {
        self.inner.sync
    }

    pub(crate) fn meta(&self, group: GroupId, meta: Meta) -> Result<Option<Vec<u8>>, Error> {
        let found = self.db().get_cf(family(self.db(), META)?, meta.key(group));
        found.map_err(Error::engine("read the state of a group"))
    }

    /// The only place that writes.
    pub(crate) fn write(
        &self,
        action: &'static str,
        batch: WriteBatch,
        sync: bool,
    ) -> Result<(), Error> {
        self.writable()?;
        let sync = sync && self.inner.sync;
        // Other writes may come in between, so at the end of this one the sequence number is this or more.
        let reached = self.db().latest_sequence_number() + batch.len() as u64;
        let written = if self.inner.fail_writes.load(Ordering::SeqCst) {
            Err(ASKED_FOR.to_owned())
        } else {
            self.write_and_sync(batch, sync)
                .map_err(rocksdb::Error::into_string)
        };
        written.map_err(|message| self.stop(action, message))?;
        if sync {
            self.inner.syncs.fetch_add(1, Ordering::Relaxed);
            self.mark_synced(reached)?;
        }
        Ok(())
    }

    /// The sync comes after the write and not as a part of it: RocksDB has every other writer wait behind one that syncs, and
    /// state need not be synced. What it makes durable is the same, the write-ahead log up to here.
    fn write_and_sync(&self, batch: WriteBatch, sync: bool) -> Result<(), rocksdb::Error> {
        self.db().write_opt(batch, &WriteOptions::default())?;
        if sync {
            self.db().flush_wal(true)?;
        }
        Ok(())
    }

    fn mark_synced(&self, sequence: u64) -> Result<(), Error> {
        let Some(synced) = &self.inner.synced else {
            return Ok(());
        };
        synced.raise(sequence).map_err(|error| {
            let message = format!("{}: {error}", synced.path().display());
            self.stop("note what is synced", message)
        })
    }

    /// Takes no more writes, because one has failed.
    pub(crate) fn stop(&self, action: &'static str, message: String) -> Error {
        // The first failure is the one that is told.
        let _ = self
            .inner
            .stopped
            .set(format!("cannot {action}: {message}"));
        Error::Engine { action, message }
    }

    pub(crate) fn writable(&self) -> Result<(), Error> {
        if self.inner.read_only {
            return Err(Error::ReadOnly);
        }
        match self.inner.stopped.get() {
            Some(cause) => Err(Error::Stopped {
                cause: cause.clone(),
            }),
            None => Ok(()),
        }
    }
}

fn open_db(options: &StoreOptions, cache: &Cache) -> Result<DB, Error> {
    let (path, db_path) = (&options.path, options.path.join("db"));
    let (database, families) = (engine::database_options(), engine::families(cache));
    let is_new = store_row::is_new(path, &db_path)?;
    let opened = if options.read_only {
        if is_new {
            return Err(Error::NoStore { path: path.clone() });
        }
        DB::open_cf_descriptors_read_only(&database, &db_path, families, false)
    } else {
        if is_new {
            fs::create_dir_all(&db_path).map_err(Error::io("create", &db_path))?;
        } else {
            store_row::check_families(path, &db_path)?;
        }
        if is_new && options.sync {
            // RocksDB syncs its own directory; those above it are new too.
            db_path
                .ancestors()
                .skip(1)
                .take(2)
                .filter(|dir| dir.exists())
                .try_for_each(fsync)?;
        }
        DB::open_cf_descriptors(&database, &db_path, families)
    };
    opened.map_err(|error| engine::open_error(path, error))
}
