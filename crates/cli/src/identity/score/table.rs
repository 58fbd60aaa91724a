//! Rows of a CSV file with a header, gzip or not; what is wrong is told with file, line and column.

use std::io::BufRead;
use std::path::Path;

use anyhow::Context;

use crate::input::Input;

/// A file with the columns that somebody asked for.
pub(super) struct Table {
    file: String,
    records: csv::StringRecordsIntoIter<Box<dyn BufRead + Send>>,
    header: csv::StringRecord,
}

/// One row.
pub(super) struct Row<'a> {
    table: &'a Table,
    record: csv::StringRecord,
}

/// What is wrong with a file, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}, line {line}, column {column}: {why}")]
pub(crate) struct Malformed {
    file: String,
    line: u64,
    /// Its number from 1, and its name where there is one.
    column: String,
    why: String,
}

impl Table {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let input = Input::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::new(path.display().to_string(), input.reader)
    }

    pub(super) fn new(file: String, reader: Box<dyn BufRead + Send>) -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(reader);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(wrong(&file, &csv::StringRecord::new(), error)),
        };
        Ok(Self {
            file,
            records: reader.into_records(),
            header,
        })
    }

    /// The place of a column that may be missing.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize, Malformed> {
        self.find(name).ok_or_else(|| Malformed {
            file: self.file.clone(),
            line: 1,
            column: format!("`{name}`"),
            why: format!(
                "it is missing; the header has {}",
                self.header.iter().collect::<Vec<_>>().join(", ")
            ),
        })
    }

    /// The next row, none at the end.
    pub(super) fn row(&mut self) -> anyhow::Result<Option<Row<'_>>> {
        match self.records.next() {
            None => Ok(None),
            Some(Ok(record)) => Ok(Some(Row {
                table: self,
                record,
            })),
            Some(Err(error)) => Err(wrong(&self.file, &self.header, error)),
        }
    }
}

impl Row<'_> {
    /// A cell.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    /// A cell that must hold something.
    pub(super) fn filled(&self, column: usize) -> Result<&str, Malformed> {
        match self.cell(column) {
            "" => Err(self.wrong(column, "it is empty")),
            cell => Ok(cell),
        }
    }

    /// That a cell is wrong.
    pub(super) fn wrong(&self, column: usize, why: impl Into<String>) -> Malformed {
        Malformed {
            file: self.table.file.clone(),
            line: self.record.position().map_or(0, csv::Position::line),
            column: place(&self.table.header, column),
            why: why.into(),
        }
    }
}

fn place(header: &csv::StringRecord, column: usize) -> String {
    match header.get(column) {
        Some(name) => format!("{} (`{name}`)", column + 1),
        None => (column + 1).to_string(),
    }
}

/// What the reader did not understand; a file that cannot be read at all has no place.
fn wrong(file: &str, header: &csv::StringRecord, error: csv::Error) -> anyhow::Error {
    let line = error.position().map_or(1, csv::Position::line);
    let text = error.to_string();
    let (column, why) = match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            return anyhow::Error::new(error).context(format!("cannot read {file}"));
        }
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => (
            usize::try_from(len.min(expected_len)).unwrap_or(usize::MAX - 1),
            format!("the row has {len} columns, the header {expected_len}"),
        ),
        csv::ErrorKind::Utf8 { err, .. } => (err.field(), "it is not UTF-8".to_owned()),
        _ => (0, text),
    };
    Malformed {
        file: file.to_owned(),
        line,
        column: place(header, column),
        why,
    }
    .into()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Cursor;

    use super::*;

    /// A table of a text.
    pub(in super::super) fn table(bytes: &[u8]) -> Table {
        Table::new("some.csv".to_owned(), Box::new(Cursor::new(bytes.to_vec()))).unwrap()
    }

    fn error_of_rows(bytes: &[u8]) -> String {
        let mut table = table(bytes);
        loop {
            match table.row() {
                Ok(Some(_)) => {}
                Ok(None) => return "none".to_owned(),
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn cells_are_found_by_name() {
        let mut table = table(b"b, a\n2,1\n");
        let (a, b) = (table.column("a").unwrap(), table.column("b").unwrap());
        let row = table.row().unwrap().unwrap();
        assert_eq!((row.cell(a), row.cell(b)), ("1", "2"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let error = table(b"a,b\n").column("c").unwrap_err().to_string();
        assert_eq!(
            error,
            "some.csv, line 1, column `c`: it is missing; the header has a, b"
        );
        assert_eq!(
            error_of_rows(b"a,b\n1,2\n1\n"),
            "some.csv, line 3, column 2 (`b`): the row has 1 columns, the header 2"
        );
        assert_eq!(
            error_of_rows(b"a,b\n1,2,3\n"),
            "some.csv, line 2, column 3: the row has 3 columns, the header 2"
        );
        assert_eq!(
            error_of_rows(b"a,b\n1,\xff\n"),
            "some.csv, line 2, column 2 (`b`): it is not UTF-8"
        );
        assert_eq!(error_of_rows(b"a,b\n\n1,2\n"), "none");
        let mut table = table(b"a,b\n1,2\n,4\n");
        table.row().unwrap();
        let row = table.row().unwrap().unwrap();
        assert_eq!(
            row.filled(0).unwrap_err().to_string(),
            "some.csv, line 3, column 1 (`a`): it is empty"
        );
    }
}
