//! What a reader can ask for beside the key.

use std::collections::BTreeSet;

use acquaint_api::profiles::Section;
use acquaint_api::{ChangeCursor, PageToken};
use acquaint_profile::Timestamp;

/// What a lookup answers with.
#[derive(Clone, Debug, Default)]
pub struct LookupOptions {
    /// The sections; all when absent.
    pub sections: Option<BTreeSet<Section>>,
    /// With the source and time of every trait.
    pub verbose: bool,
    /// How many of the latest interactions.
    pub interactions: usize,
}

/// Which interactions a timeline shows.
#[derive(Clone, Debug, Default)]
pub struct TimelineOptions {
    /// Only this channel.
    pub channel: Option<String>,
    /// Only this event.
    pub event: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// How many at most.
    pub limit: usize,
    /// Where the page before ended.
    pub page: Option<PageToken>,
}

/// Where a page of changes of profile ids begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangesFrom {
    /// At the oldest that is kept.
    Oldest,
    /// After the newest: there is nothing yet.
    Now,
    /// After the last one of an earlier page.
    Cursor(ChangeCursor),
}
