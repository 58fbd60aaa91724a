//! How far a load is: a bar on a terminal, a plain line now and then elsewhere. Both go to standard error.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::grouped;

const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

pub(crate) struct Progress {
    total: Option<u64>,
    /// Bytes read, where the total is in bytes; else the messages count.
    position: Option<Arc<AtomicU64>>,
    bar: Option<ProgressBar>,
    messages: u64,
    begun: Instant,
    printed: Instant,
}

impl Progress {
    pub(crate) fn of_bytes(total: Option<u64>, position: Arc<AtomicU64>) -> Self {
        Self::new(total, Some(position))
    }

    pub(crate) fn of_messages(total: u64) -> Self {
        Self::new(Some(total), None)
    }

    fn new(total: Option<u64>, position: Option<Arc<AtomicU64>>) -> Self {
        let now = Instant::now();
        Self {
            total,
            position,
            bar: std::io::stderr().is_terminal().then(|| bar(total)),
            messages: 0,
            begun: now,
            printed: now,
        }
    }

    /// So many messages more have their verdict.
    pub(crate) fn advance(&mut self, messages: u64) {
        self.messages += messages;
        let position = match &self.position {
            Some(position) => position.load(Ordering::Relaxed),
            None => self.messages,
        };
        match &self.bar {
            Some(bar) => {
                bar.set_position(position);
                bar.set_message(self.text());
            }
            None if self.printed.elapsed() >= PLAIN_INTERVAL => {
                self.printed = Instant::now();
                eprintln!("{}{}", self.text(), self.share(position));
            }
            None => {}
        }
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    fn text(&self) -> String {
        let rate = self.messages as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        format!(
            "{} messages, {}/s",
            grouped(self.messages),
            grouped(rate as u64)
        )
    }

    fn share(&self, position: u64) -> String {
        match self.total {
            Some(total) if total > 0 && position > 0 => {
                let done = position.min(total);
                let remaining =
                    self.begun.elapsed().as_secs_f64() * (total - done) as f64 / done as f64;
                format!(", {} %, {remaining:.0} s to go", done * 100 / total)
            }
            _ => String::new(),
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "  [{bar:32}] {percent:>3} %  {msg}  {eta} to go",
        ),
        None => (ProgressBar::new_spinner(), "  {spinner} {msg}  {elapsed}"),
    };
    // A template that is wrong would show in the default style, not end the import.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
