//! What an interaction says. `docs/ingest.md` is the contract; this is its code.

use super::Rollup;
use crate::{Interaction, Monoid};

pub(super) fn of(interaction: &Interaction) -> Rollup {
    let _ = interaction;
    let _ = Rollup::empty();
    todo!()
}
