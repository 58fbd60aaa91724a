//! The file of rejected lines: one JSON object each, with number, reason and content.
//!
//! - It is made with the first reject, so a clean import leaves nothing behind.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::lines::Reject;

pub(crate) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(crate) fn write(&mut self, reject: &Reject) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(File::create(&self.path)?)),
        };
        serde_json::to_writer(&mut *file, reject)?;
        file.write_all(b"\n")
    }

    /// Where the rejects are, if there are any.
    pub(crate) fn finish(self) -> io::Result<Option<PathBuf>> {
        match self.file {
            None => Ok(None),
            Some(mut file) => {
                file.flush()?;
                Ok(Some(self.path))
            }
        }
    }
}
