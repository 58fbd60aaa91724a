//! A customer's graph as an SVG picture: a pure function from the answer of the API to a text.
//!
//! ```text
//! GraphBody ─► plan (what is shown, in which order) ─► layout (boxes, lines, labels) ─► draw (SVG)
//!
//!   kept apart          the person                things
//!   ┌ ─ ─ ─ ─ ┐        ┌───────────┐       phones and cards
//!   ╎ other   ╎╌╌╌╌╌╌╌╌│ user_id   │──────────[ … ]
//!   └ ─ ─ ─ ─ ┘        └┬──────────┘       devices
//!                       └─┌─────────┐────────[ … ]
//!                         │ email   │      browsers
//!                         └─────────┘────────[ … ]  and 312 browsers more
//! ```
//!
//! - The same graph is the same text, byte for byte.
//! - A link's rule and days stand in the box of the end that it brought in, so that no label lies on another one.
//! - Values are strangers' words: they are escaped, cut to their box, and cannot steer the direction of writing. There is no
//!   script, no reference to anything outside, and no more than [`SVG_BYTES_MAX`].
//! - It has its own ground in light and in dark, and says in words whatever it says in colour.

mod captions;
mod draw;
mod layout;
mod plan;
mod text;
mod wires;
mod words;

use crate::profiles::GraphBody;

/// Identifiers that make the person which are drawn; the rest are counted.
pub const PEOPLE_DRAWN_MAX: usize = 24;
/// Things of one layer that are drawn, those that were seen most often; the rest are counted.
pub const THINGS_DRAWN_MAX: usize = 8;
/// Identifiers that were kept apart which are drawn; the rest are counted.
pub const KEPT_APART_DRAWN_MAX: usize = 8;
/// Bytes of a picture, whatever the identifiers are: what the limits above come to.
pub const SVG_BYTES_MAX: usize = 256 * 1024;

/// Draws a graph.
pub fn svg(graph: &GraphBody) -> String {
    draw::draw(&layout::layout(&plan::plan(graph)))
}

#[cfg(test)]
mod tests;
