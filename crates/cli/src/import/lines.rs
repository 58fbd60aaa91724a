//! Lines of NDJSON and rows of CSV, each as a message with its line number.
//!
//! - What the node would reject for its form alone is rejected here, so that it does not travel.
//! - A line is read only up to the bound of a message; the rest of a longer one is skipped, not kept.

use std::io::{self, BufRead, Read};

use acquaint_api::limits::MESSAGE_BYTES_MAX;
use acquaint_api::tracking::RejectReason;
use serde_json::{Map, Value};

use super::csv_mapping::{Columns, Mapping};
use super::{contact_id, message_id};
use crate::exit::WrongUse;

/// A line may be longer than its message: spaces, escapes.
const LINE_BYTES_MAX: usize = 8 * MESSAGE_BYTES_MAX;
/// Characters of a rejected line that are kept.
const CONTENT_CHARS_MAX: usize = 2_000;

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// From 1.
    pub(crate) line: u64,
    /// One JSON object.
    pub(crate) json: String,
}

/// A line that cannot be imported, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Reject {
    pub(crate) line: u64,
    pub(crate) reason: RejectReason,
    pub(crate) detail: String,
    pub(crate) content: String,
}

impl Reject {
    pub(crate) fn new(line: u64, reason: RejectReason, detail: String, content: &str) -> Self {
        Self {
            line,
            reason,
            detail,
            content: content.chars().take(CONTENT_CHARS_MAX).collect(),
        }
    }
}

/// What a source gives: a message, a reject, or the end of all by a broken file.
pub(crate) type Item = io::Result<Result<Entry, Reject>>;

/// The lines of a file.
pub(crate) enum Lines {
    Ndjson {
        reader: Box<dyn BufRead + Send>,
        line: u64,
    },
    Csv {
        records: csv::StringRecordsIntoIter<Box<dyn BufRead + Send>>,
        columns: Columns,
    },
}

impl Lines {
    pub(crate) fn ndjson(reader: Box<dyn BufRead + Send>) -> Self {
        Self::Ndjson { reader, line: 0 }
    }

    /// Reads the header, so that a wrong mapping is an error before anything is sent.
    pub(crate) fn csv(
        reader: Box<dyn BufRead + Send>,
        delimiter: u8,
        mapping: Mapping,
    ) -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(reader);
        let header = reader.headers()?;
        let columns = mapping.columns(header).map_err(|error| {
            let one = header.len() == 1 && header[0].contains([';', '\t', '|']);
            match one {
                true => WrongUse(format!(
                    "the header is one column, `{}`; is --delimiter missing?",
                    &header[0]
                ))
                .into(),
                false => error,
            }
        })?;
        Ok(Self::Csv {
            records: reader.into_records(),
            columns,
        })
    }
}

impl Iterator for Lines {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        match self {
            Self::Ndjson { reader, line } => loop {
                *line += 1;
                match read_line(reader) {
                    Err(error) => return Some(Err(error)),
                    Ok(None) => return None,
                    Ok(Some(bytes)) if bytes.trim_ascii().is_empty() => {}
                    Ok(Some(bytes)) => return Some(Ok(entry_of_line(*line, &bytes))),
                }
            },
            Self::Csv { records, columns } => match records.next()? {
                Ok(record) => Some(Ok(entry_of_record(&record, columns))),
                Err(error) => csv_trouble(error),
            },
        }
    }
}

/// One line without its end, cut after [`LINE_BYTES_MAX`] and one byte more, so that it shows that it was too long.
fn read_line(reader: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let bound = LINE_BYTES_MAX as u64 + 1;
    if reader.take(bound).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    } else if bytes.len() > LINE_BYTES_MAX {
        skip_line(reader)?;
    }
    Ok(Some(bytes))
}

fn skip_line(reader: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        if ended {
            return Ok(());
        }
    }
}

fn entry_of_line(line: u64, bytes: &[u8]) -> Result<Entry, Reject> {
    let text = String::from_utf8_lossy(bytes.trim_ascii());
    let reject = |reason, detail: String| Reject::new(line, reason, detail, &text);
    if bytes.len() > LINE_BYTES_MAX {
        let detail = format!("the line is longer than {LINE_BYTES_MAX} bytes");
        return Err(reject(RejectReason::TooLarge, detail));
    }
    let value: Value = match std::str::from_utf8(bytes.trim_ascii()) {
        Err(error) => return Err(reject(RejectReason::InvalidJson, error.to_string())),
        Ok(text) => serde_json::from_str(text)
            .map_err(|error| reject(RejectReason::InvalidJson, error.to_string()))?,
    };
    let Value::Object(message) = value else {
        let detail = "a line is one JSON object".to_owned();
        return Err(reject(RejectReason::NotAnObject, detail));
    };
    finish(line, message, &text)
}

fn entry_of_record(record: &csv::StringRecord, columns: &Columns) -> Result<Entry, Reject> {
    let line = record.position().map_or(0, csv::Position::line);
    let content: Vec<&str> = record.iter().collect();
    let content = content.join(",");
    match columns.message(record) {
        Ok(message) => {
            // The id is derived from the message, so that other columns and their order do not matter.
            let derived_from = Value::Object(message.clone()).to_string();
            finish(line, message, &derived_from)
        }
        Err(detail) => Err(Reject::new(
            line,
            RejectReason::InvalidMember,
            detail,
            &content,
        )),
    }
}

fn finish(line: u64, mut message: Map<String, Value>, content: &str) -> Result<Entry, Reject> {
    message_id::ensure(&mut message, content);
    // When the line was sent for the first time tells nothing about a clock now: with it, the node would move the past to
    // the day of the import.
    message.remove("sentAt");
    contact_id::ensure(&mut message);
    let json = Value::Object(message).to_string();
    if json.len() > MESSAGE_BYTES_MAX {
        let detail = format!(
            "the message has {} bytes, at most {MESSAGE_BYTES_MAX} are taken",
            json.len()
        );
        return Err(Reject::new(line, RejectReason::TooLarge, detail, content));
    }
    Ok(Entry { line, json })
}

/// A row of another width or encoding is rejected; a file that cannot be read ends the import.
fn csv_trouble(error: csv::Error) -> Option<Item> {
    let line = error.position().map_or(0, csv::Position::line);
    let detail = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Some(Err(error)),
        _ => Some(Ok(Err(Reject::new(
            line,
            RejectReason::InvalidMember,
            detail,
            "",
        )))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Cursor;

    use super::super::csv_mapping::Assignment;
    use super::*;

    fn ndjson(text: &[u8]) -> Vec<Result<Entry, Reject>> {
        Lines::ndjson(Box::new(Cursor::new(text.to_vec())))
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn lines_have_numbers_and_blank_ones_are_left_out() {
        let entries = ndjson(b"{\"messageId\":\"a\"}\n\n  \r\n{\"messageId\":\"b\"}");
        let lines: Vec<(u64, String)> = entries
            .into_iter()
            .map(|entry| entry.map(|entry| (entry.line, entry.json)).unwrap())
            .collect();
        let expected = [(1, "{\"messageId\":\"a\"}"), (4, "{\"messageId\":\"b\"}")];
        assert_eq!(lines, expected.map(|(line, json)| (line, json.to_owned())));
    }

    #[test]
    fn bad_lines_are_rejected_with_their_number_and_the_next_ones_are_read() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(LINE_BYTES_MAX));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MESSAGE_BYTES_MAX));
        let text = format!("{{\n[1]\n\u{fffd}\n{long}\n{large}\n{{\"messageId\":\"z\"}}\n");
        let mut bytes = text.into_bytes();
        let at = bytes.iter().position(|byte| *byte == 0xef).unwrap();
        bytes[at] = 0xff;
        let entries = ndjson(&bytes);
        let reasons: Vec<(u64, RejectReason)> = entries
            .iter()
            .filter_map(|entry| entry.as_ref().err())
            .map(|reject| (reject.line, reject.reason))
            .collect();
        let expected = [
            (1, RejectReason::InvalidJson),
            (2, RejectReason::NotAnObject),
            (3, RejectReason::InvalidJson),
            (4, RejectReason::TooLarge),
            (5, RejectReason::TooLarge),
        ];
        assert_eq!(reasons, expected);
        assert_eq!(entries[5].as_ref().unwrap().line, 6);
        assert!(entries[3].as_ref().unwrap_err().content.len() <= CONTENT_CHARS_MAX);
    }

    #[test]
    fn when_a_line_was_sent_for_the_first_time_is_left_out() {
        let line = br#"{"messageId":"m","sentAt":"2024-01-01T00:00:05Z","timestamp":"2024-01-01T00:00:00Z"}"#;
        let expected = r#"{"messageId":"m","timestamp":"2024-01-01T00:00:00Z"}"#;
        assert_eq!(ndjson(line)[0].as_ref().unwrap().json, expected);
    }

    #[test]
    fn rows_with_an_email_alone_can_be_sent_and_other_delimiters_are_read() {
        let text = "note;traits.email\nx, y;ada@example.com\nz;\n";
        let map = [Assignment::of_column("note=-").unwrap()];
        let lines = Lines::csv(Box::new(Cursor::new(text)), b';', Mapping::new(&map, &[])).unwrap();
        let entries: Vec<Value> = lines
            .map(|item| serde_json::from_str(&item.unwrap().unwrap().json).unwrap())
            .collect();
        assert_eq!(entries.len(), 2);
        assert!(entries[0]["anonymousId"].is_string());
        assert_eq!(entries[1]["anonymousId"], Value::Null);
    }

    #[test]
    fn a_header_of_one_column_hints_at_the_delimiter() {
        let csv = |text: &'static str| {
            Lines::csv(Box::new(Cursor::new(text)), b',', Mapping::new(&[], &[]))
                .map(drop)
                .unwrap_err()
                .to_string()
        };
        assert!(csv("userId;event\n").ends_with("is --delimiter missing?"));
        assert!(csv("Mail\n").contains("column `Mail` has no --map"));
    }

    #[test]
    fn the_same_line_gets_the_same_id_whatever_surrounds_it() {
        let one = ndjson(b"{\"event\":\"x\"}\n");
        let two = ndjson(b"\n\n  {\"event\":\"x\"}  \r\n");
        let json = |entries: &[Result<Entry, Reject>]| entries[0].as_ref().unwrap().json.clone();
        assert_eq!(json(&one), json(&two));
    }
}
