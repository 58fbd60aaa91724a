//! Lines of an answer that streams, as they become whole.
//!
//! - An answer that breaks off in the middle of a line is an error: a part is never taken for the whole.

use anyhow::{Context, bail};

/// Calls `take` with each line of an answer, the line break aside.
pub(super) async fn each_line(
    mut response: reqwest::Response,
    mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut lines = Lines::default();
    while let Some(chunk) = response
        .chunk()
        .await
        .context("the answer broke off; run it again")?
    {
        lines.push(&chunk, &mut take)?;
    }
    lines.end()
}

/// The beginning of a line whose end has not come.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    fn push(
        &mut self,
        chunk: &[u8],
        take: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if self.begun.is_empty() {
                take(line)?;
            } else {
                self.begun.extend_from_slice(line);
                take(&self.begun)?;
                self.begun.clear();
            }
            rest = after;
        }
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    fn end(self) -> anyhow::Result<()> {
        if !self.begun.is_empty() {
            bail!("the answer ends in the middle of a line; run it again");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_are_whole_wherever_the_chunks_are_cut() {
        let text = b"one\ntwo\n\nfour\n";
        for cut in 0..text.len() {
            let mut found: Vec<String> = Vec::new();
            let mut take = |line: &[u8]| {
                found.push(String::from_utf8_lossy(line).into_owned());
                Ok(())
            };
            let mut lines = Lines::default();
            lines.push(&text[..cut], &mut take).unwrap();
            lines.push(&text[cut..], &mut take).unwrap();
            lines.end().unwrap();
            assert_eq!(found, ["one", "two", "", "four"], "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_its_end_is_an_error() {
        let mut lines = Lines::default();
        lines.push(b"one\ntw", &mut |_| Ok(())).unwrap();
        assert!(lines.end().is_err());
    }
}
