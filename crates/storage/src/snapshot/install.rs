//! Replacing a group's state by that of a snapshot.
//!
//! ```text
//! verify → bring under the data directory → marker (synced) → delete range → ingest → applied, membership, no marker (synced)
//! ```
//!
//! - With the marker on disk, everything after it can be done again from the files, any number of times.
//! - A failure after the marker stops the store: its rows are neither the old nor the new ones until it is done again.

use rocksdb::{IngestExternalFileOptions, WriteBatch};
use serde::{Deserialize, Serialize};

use super::SnapshotFiles;
use crate::{
    Error, GroupId, Store,
    codec::{self, Stored},
    engine::{DATA, META, Order, family, for_each},
    meta_key::Meta,
};

/// The snapshot that is being installed: its name under the group's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InstallRow {
    pub(crate) name: String,
}

impl Stored for InstallRow {
    const NAME: &'static str = "InstallRow";
    const VERSION: u8 = 1;
}

/// The steps of an install, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Marked,
    Deleted,
    Ingested,
    Done,
}

impl Store {
    /// Replaces the rows, the applied position and the membership of a group by those of a snapshot.
    ///
    /// The files are first brought under the data directory, if they are not there, so that an install that a crash
    /// cuts short is done again at the next start. Nothing else may write to the group meanwhile.
    pub fn install(&self, snapshot: &SnapshotFiles) -> Result<(), Error> {
        self.install_until(snapshot, Step::Done)
    }

    /// Does again what a crash has cut short.
    pub(crate) fn redo_installs(&self) -> Result<(), Error> {
        for (group, row) in self.installs()? {
            let dir = self.snapshot_dir(group, &row.name);
            tracing::warn!(%group, snapshot = row.name, "installing a snapshot again, because a crash cut it short");
            let snapshot = SnapshotFiles::open(&dir)?;
            snapshot.verify()?;
            self.replace_rows(&snapshot, Step::Done)?;
        }
        Ok(())
    }

    fn install_until(&self, snapshot: &SnapshotFiles, last: Step) -> Result<(), Error> {
        self.writable()?;
        snapshot.verify()?;
        let snapshot = snapshot.adopt(self)?;
        let name = snapshot
            .dir()
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let key = Meta::Installing.key(snapshot.manifest().group);
        let mut marker = WriteBatch::default();
        marker.put_cf(
            family(self.db(), META)?,
            key,
            codec::encode(&InstallRow { name }),
        );
        self.write("mark the install of a snapshot", marker, true)?;
        if last == Step::Marked {
            return Ok(());
        }
        self.replace_rows(&snapshot, last)
    }

    /// The steps after the marker.
    fn replace_rows(&self, snapshot: &SnapshotFiles, last: Step) -> Result<(), Error> {
        let (data, manifest) = (family(self.db(), DATA)?, snapshot.manifest());
        let mut deletes = WriteBatch::default();
        for range in manifest.slot_map.ranges(manifest.group) {
            deletes.delete_range_cf(data, range.from, range.to);
        }
        self.write("delete the rows that a snapshot replaces", deletes, false)?;
        if last == Step::Deleted {
            return Ok(());
        }
        if !manifest.files.is_empty() {
            // Copied, not moved: the files are needed again if a crash comes before the last step.
            let mut options = IngestExternalFileOptions::default();
            options.set_move_files(false);
            self.db()
                .ingest_external_file_cf_opts(data, &options, snapshot.paths())
                .map_err(|error| {
                    self.stop("ingest the files of a snapshot", error.into_string())
                })?;
        }
        if last == Step::Ingested {
            return Ok(());
        }
        self.finish_install(snapshot)
    }

    fn finish_install(&self, snapshot: &SnapshotFiles) -> Result<(), Error> {
        let (meta, manifest) = (family(self.db(), META)?, snapshot.manifest());
        let mut writes = WriteBatch::default();
        for (fact, row) in [
            (Meta::Applied, &manifest.applied),
            (Meta::Membership, &manifest.membership),
        ] {
            match row {
                Some(row) => writes.put_cf(meta, fact.key(manifest.group), row),
                None => writes.delete_cf(meta, fact.key(manifest.group)),
            }
        }
        writes.delete_cf(meta, Meta::Installing.key(manifest.group));
        self.write("finish the install of a snapshot", writes, true)
    }

    /// The markers that are there.
    fn installs(&self) -> Result<Vec<(GroupId, InstallRow)>, Error> {
        let mut found = Vec::new();
        let rows = self.db().raw_iterator_cf(family(self.db(), META)?);
        for_each(rows, Order::Ascending, |key, value| {
            if let Ok((group, Meta::Installing)) = Meta::parse(key) {
                found.push((group, value.to_vec()));
            }
            std::ops::ControlFlow::Continue(())
        })?;
        found
            .into_iter()
            .map(|(group, row)| Ok((group, codec::decode(&row)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{Key, KeyRange, Order, Read, SlotMap, StateMeta, StoreOptions, row::FeedPosition};

    const GROUP: GroupId = GroupId::Anchors(0);

    fn apply(store: &Store, indexes: std::ops::RangeInclusive<u64>) {
        let mut batch = store.batch(GROUP);
        for index in indexes {
            batch.put(
                &Key::Change {
                    group: GROUP,
                    index,
                    seq: 0,
                },
                &FeedPosition { index, seq: 0 },
            );
            batch.put_meta(StateMeta::Applied, index.to_be_bytes());
        }
        batch.commit().unwrap();
    }

    fn state(store: &Store) -> (Vec<u64>, Option<Vec<u8>>) {
        let rows = store
            .snapshot()
            .scan::<FeedPosition>(&KeyRange::changes(GROUP), Order::Ascending, 1000)
            .unwrap();
        let indexes = rows.into_iter().map(|(_, row)| row.index).collect();
        (
            indexes,
            store.state_meta(GROUP, StateMeta::Applied).unwrap(),
        )
    }

    #[test]
    fn an_install_that_is_cut_short_after_any_step_is_done_again_at_the_next_start() {
        let source_dir = tempfile::tempdir().unwrap();
        let source = Store::open(&StoreOptions::new(source_dir.path())).unwrap();
        apply(&source, 10..=30);
        let map = SlotMap::new(1);
        let path = source.snapshot_dir(GROUP, "30");
        let snapshot = source
            .checkpoint()
            .unwrap()
            .export(GROUP, &map, &path)
            .unwrap();

        for last in [Step::Marked, Step::Deleted, Step::Ingested, Step::Done] {
            let dir = tempfile::tempdir().unwrap();
            let options = StoreOptions::new(dir.path());
            let store = Store::open(&options).unwrap();
            apply(&store, 1..=12);
            store.install_until(&snapshot, last).unwrap();
            assert_eq!(
                store.installs().unwrap().len(),
                usize::from(last != Step::Done),
                "{last:?}"
            );
            drop(store);

            let store = Store::open(&options).unwrap();
            assert_eq!(state(&store), state(&source), "{last:?}");
            assert_eq!(store.installs().unwrap(), [], "{last:?}");
            // It can be written to, and installed again.
            apply(&store, 31..=32);
            store.install(&snapshot).unwrap();
            assert_eq!(state(&store), state(&source), "{last:?}");
        }
    }

    #[test]
    fn a_failure_after_the_marker_stops_the_store() {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(dir.path());
        let store = Store::open(&options).unwrap();
        apply(&store, 1..=3);
        let path = store.snapshot_dir(GROUP, "3");
        let snapshot = store
            .checkpoint()
            .unwrap()
            .export(GROUP, &SlotMap::new(1), &path)
            .unwrap();
        store.fail_writes(true);
        assert!(store.install(&snapshot).is_err());
        assert!(matches!(
            store.install(&snapshot),
            Err(Error::Stopped { .. })
        ));
    }
}
