//! The whole store at one moment, and the export of a group from it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rocksdb::{Cache, DB, Options, ReadOptions, SstFileWriter};

use super::{
    Manifest, SnapshotFile, SnapshotFiles,
    files::{checksum, remove_dir, write_dir},
};
use crate::{
    Error, GroupId, KeyRange, SlotMap, Store,
    engine::{self, DATA, META, family, range_options},
    meta_key::Meta,
};

/// The length at which a file of a snapshot is closed and the next one begun.
const FILE_BYTES: u64 = 64 << 20;

/// The whole store at one moment, as hard links; gone when dropped. Many groups can be exported from one.
pub struct Checkpoint {
    db: DB,
    dir: PathBuf,
    cache: Cache,
    sync: bool,
}

impl Checkpoint {
    /// Writes the rows of a group to `dir`, which appears whole and synced, or not at all.
    ///
    /// A snapshot of the same state that is there already is returned as it is.
    pub fn export(
        &self,
        group: GroupId,
        map: &SlotMap,
        dir: &Path,
    ) -> Result<SnapshotFiles, Error> {
        let mut manifest = Manifest {
            group,
            slot_map: *map,
            applied: self.meta(group, Meta::Applied)?,
            membership: self.meta(group, Meta::Membership)?,
            files: Vec::new(),
        };
        if let Ok(there) = SnapshotFiles::open(dir)
            && manifest.is_of_the_state_of(there.manifest())
            && there.verify().is_ok()
        {
            return Ok(there);
        }
        write_dir(dir, self.sync, |unfinished| {
            for range in map.ranges(group) {
                self.export_range(&range, unfinished, &mut manifest.files)?;
            }
            Ok(manifest)
        })
    }

    fn meta(&self, group: GroupId, meta: Meta) -> Result<Option<Vec<u8>>, Error> {
        let found = self.db.get_cf(family(&self.db, META)?, meta.key(group));
        found.map_err(Error::engine("read the state of a group"))
    }

    /// Writes the rows of a range to files of bounded length.
    fn export_range(
        &self,
        range: &KeyRange,
        dir: &Path,
        files: &mut Vec<SnapshotFile>,
    ) -> Result<(), Error> {
        let mut options = range_options(ReadOptions::default(), range);
        options.fill_cache(false);
        let mut rows = self
            .db
            .raw_iterator_cf_opt(family(&self.db, DATA)?, options);
        rows.seek_to_first();
        let file_options = engine::family_options(DATA, &self.cache);
        while rows.valid() {
            let name = format!("{:06}.sst", files.len());
            files.push(export_file(&mut rows, &file_options, dir, name)?);
        }
        // An iterator that meets an error looks like one that is at its end.
        rows.status().map_err(Error::engine("read a checkpoint"))
    }
}

/// Writes rows to one file until it is long enough.
fn export_file(
    rows: &mut rocksdb::DBRawIterator<'_>,
    options: &Options,
    dir: &Path,
    name: String,
) -> Result<SnapshotFile, Error> {
    let path = dir.join(&name);
    let failed = |error| Error::engine("write a snapshot")(error);
    let mut writer = SstFileWriter::create(options);
    writer.open(&path).map_err(failed)?;
    let mut count = 0;
    while let Some((key, value)) = rows.item() {
        writer.put(key, value).map_err(failed)?;
        count += 1;
        rows.next();
        if writer.file_size() >= FILE_BYTES {
            break;
        }
    }
    writer.finish().map_err(failed)?;
    let (bytes, crc32) = checksum(&path)?;
    Ok(SnapshotFile {
        name,
        bytes,
        crc32,
        rows: count,
    })
}

/// Gives the hard links back.
impl Drop for Checkpoint {
    fn drop(&mut self) {
        if let Err(error) = remove_dir(&self.dir) {
            tracing::warn!(%error, "a checkpoint stays until the next start");
        }
    }
}

impl Store {
    /// The whole store as it is now: hard links, and a flush of what is in memory.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        self.writable()?;
        let parent = self.path().join("checkpoints");
        fs::create_dir_all(&parent).map_err(Error::io("create", &parent))?;
        let dir = parent.join(self.next_checkpoint().to_string());
        let made = rocksdb::checkpoint::Checkpoint::new(self.db());
        // Log size 0: memory is flushed first, so that the links hold everything.
        made.and_then(|checkpoint| checkpoint.create_checkpoint_with_log_size(&dir, 0))
            .map_err(Error::engine("make a checkpoint"))?;
        let cache = self.cache().clone();
        let mut options = Options::default();
        options.set_max_open_files(engine::OPEN_FILES_MAX);
        let db = DB::open_cf_descriptors_read_only(&options, &dir, engine::families(&cache), false)
            .map_err(Error::engine("open a checkpoint"))?;
        Ok(Checkpoint {
            db,
            dir,
            cache,
            sync: self.is_synced(),
        })
    }
}
