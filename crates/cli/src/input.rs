//! Where lines come from: a file or standard input, gzip or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) struct Input {
    pub(crate) reader: Box<dyn BufRead + Send>,
    /// Size of the file as it lies there, if it is one.
    pub(crate) bytes_total: Option<u64>,
    /// How much of it was read, before gunzip.
    pub(crate) bytes_read: Arc<AtomicU64>,
}

impl Input {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Self::new(Box::new(io::stdin()), None);
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a directory",
            ));
        }
        // A pipe has no size.
        let bytes_total = metadata.is_file().then_some(metadata.len());
        Self::new(Box::new(file), bytes_total)
    }

    /// The magic bytes decide, not the name.
    fn new(source: Box<dyn Read + Send>, bytes_total: Option<u64>) -> io::Result<Self> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            inner: source,
            bytes: Arc::clone(&bytes_read),
        };
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, counted);
        let compressed = reader.fill_buf()?.starts_with(&GZIP_MAGIC);
        let reader: Box<dyn BufRead + Send> = match compressed {
            true => Box::new(BufReader::with_capacity(
                BUFFER_BYTES,
                MultiGzDecoder::new(reader),
            )),
            false => Box::new(reader),
        };
        Ok(Self {
            reader,
            bytes_total,
            bytes_read,
        })
    }
}

struct Counted {
    inner: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: Vec<u8>) -> (String, u64) {
        let mut input = Input::new(Box::new(Cursor::new(bytes)), None).unwrap();
        let mut text = String::new();
        input.reader.read_to_string(&mut text).unwrap();
        (text, input.bytes_read.load(Ordering::Relaxed))
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_recognised_and_bytes_are_counted_as_they_lie_there() {
        assert_eq!(read(b"a\nb\n".to_vec()), ("a\nb\n".to_owned(), 4));
        assert_eq!(read(Vec::new()), (String::new(), 0));
        // Two members after each other, as log rotation and parallel compressors write them.
        let bytes = [gzip("a\n"), gzip("b\n")].concat();
        let length = bytes.len() as u64;
        assert_eq!(read(bytes), ("a\nb\n".to_owned(), length));
    }

    #[test]
    fn a_directory_is_refused() {
        assert!(Input::open(Path::new("/")).is_err());
    }
}
