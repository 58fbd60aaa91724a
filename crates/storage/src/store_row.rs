//! The row that says what a store is, so that a directory of something else, or of a later format, is not touched.

use std::{fs, io, path::Path};

use rocksdb::{DB, Options, WriteBatch};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    codec::{self, Stored},
    engine::{DATA, FAMILIES, LOG, META, family},
    meta_key::IDENTITY_KEY,
};

/// The format of keys and column families. A change that this program could not read takes the next number.
pub const FORMAT: u32 = 1;

/// The name in every store of ours.
const PRODUCT: &str = "acquaint";

/// What a store says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoreRow {
    pub(crate) product: String,
    pub(crate) format: u32,
}

impl Stored for StoreRow {
    const NAME: &'static str = "StoreRow";
    const VERSION: u8 = 1;
}

impl StoreRow {
    pub(crate) fn ours() -> Self {
        Self {
            product: PRODUCT.to_owned(),
            format: FORMAT,
        }
    }
}

/// Whether there is no database yet. One that has lost the file that points to its manifest is not new: RocksDB would
/// make an empty one in its place and delete its tables.
pub(crate) fn is_new(path: &Path, db_path: &Path) -> Result<bool, Error> {
    if db_path.join("CURRENT").exists() {
        return Ok(false);
    }
    let entries = match fs::read_dir(db_path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        entries => entries.map_err(Error::io("list", db_path))?,
    };
    for entry in entries {
        let file = entry.map_err(Error::io("list", db_path))?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "sst" || extension == "log")
        {
            let message = "the file CURRENT is gone".to_owned();
            return Err(Error::Corrupt {
                path: path.to_owned(),
                message,
            });
        }
    }
    Ok(true)
}

/// Refuses a database that has other column families than ours, before it is opened and ours are added.
pub(crate) fn check_families(path: &Path, db_path: &Path) -> Result<(), Error> {
    // A damaged directory fails here too; opening it says more clearly why.
    let Ok(found) = DB::list_cf(&Options::default(), db_path) else {
        return Ok(());
    };
    match found.iter().find(|name| !FAMILIES.contains(&name.as_str())) {
        None => Ok(()),
        Some(other) => Err(wrong(path, format!("the table family {other}"))),
    }
}

/// Compares the row with what this program knows; writes it into a store that is empty.
pub(crate) fn check(store: &Store) -> Result<(), Error> {
    let (db, ours) = (store.db(), StoreRow::ours());
    let meta = family(db, META)?;
    let found = db
        .get_cf(meta, IDENTITY_KEY)
        .map_err(Error::engine("read the format of the store"))?;
    let Some(bytes) = found else {
        if store.is_read_only() || !is_empty(store)? {
            return Err(wrong(store.path(), "no format row".to_owned()));
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(meta, IDENTITY_KEY, codec::encode(&ours));
        return store.write("write the format of the store", batch, true);
    };
    let row: StoreRow = codec::decode(&bytes)?;
    if row == ours {
        Ok(())
    } else {
        Err(wrong(
            store.path(),
            format!("{} format {}", row.product, row.format),
        ))
    }
}

fn is_empty(store: &Store) -> Result<bool, Error> {
    for name in [DATA, LOG, META] {
        let mut rows = store.db().raw_iterator_cf(family(store.db(), name)?);
        rows.seek_to_first();
        rows.status().map_err(Error::engine("read the store"))?;
        if rows.valid() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn wrong(path: &Path, found: String) -> Error {
    let ours = StoreRow::ours();
    Error::WrongFormat {
        path: path.to_owned(),
        found,
        expected: format!("{} format {}", ours.product, ours.format),
    }
}
