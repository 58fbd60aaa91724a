//! The rules of a workspace as commands change them.
//!
//! ```text
//!            build                    switch                     last row removed
//! serving 1 ──────► serving 1         ──────► serving 2           ──────► serving 2
//!                   building 2 ─┐              leaving 1 ─┐
//!                               └ steps, cancel           └ steps: profiles that went elsewhere are told
//! ```
//!
//! - One epoch serves, at most one is built, and at most one is removed. The old one serves until the switch, which moves
//!   nothing: it names another epoch.
//! - Rolling back is building again under rules of before.

use std::collections::BTreeSet;

use acquaint_consensus::At;
use acquaint_identity::{
    Build, Building, Cause, EpochsRow, Leaving, ProfileChange, ProfileRow, Reader, Resolver,
    RowKey, RowPrefix, RowValue, RulesRow, Stage, Taken,
};
use acquaint_profile::WorkspaceId;
use acquaint_storage::command::{IdentityOutcome, RulesRefusal};
use acquaint_storage::row::IdentityRow;
use acquaint_storage::{Batch, Error, Graph, GroupId, Key, KeyRange, Order, Place, Read, codec};

use super::writing::Writing;
use crate::epochs::{Epochs, FIRST_EPOCH, Standing, rules_key};

/// Epochs whose rules are kept, so that one can roll back to them.
const RULES_KEPT_MAX: u32 = 64;
/// Rows of an old epoch that one step removes.
const LEAVING_ROWS_MAX: usize = 1_024;
/// Nodes of old profiles that one step asks for where they are now.
const LEAVING_NODES_MAX: usize = 8_192;
/// Pending pieces of the serving partition that a switch looks through for sources in motion.
const SOURCES_SEARCHED_MAX: usize = 1_024;

/// Rules are settled once; whoever defines again is told that it is done, and changes nothing.
pub(super) fn define(
    at: At,
    workspace: WorkspaceId,
    rules: RulesRow,
    batch: &mut Batch<'_>,
) -> Result<IdentityOutcome, Error> {
    let place = Place {
        group: at.group,
        workspace,
        epoch: FIRST_EPOCH,
    };
    if !batch.contains(&place.key(RowKey::Epochs))? {
        put_rules(place, rules, batch);
        let epochs = EpochsRow {
            serving: FIRST_EPOCH,
            building: None,
            leaving: None,
            last: FIRST_EPOCH,
        };
        put_epochs(place, epochs, batch);
    }
    Ok(IdentityOutcome::Defined)
}

/// Makes rules an epoch, of which nothing is built yet.
pub(super) fn build(standing: Standing, rules: RulesRow, batch: &mut Batch<'_>) -> IdentityOutcome {
    let (place, mut epochs) = (standing.place, standing.epochs);
    if let Some(Building { epoch, .. }) = epochs.building {
        return IdentityOutcome::NotNow(RulesRefusal::Building { epoch });
    }
    if let Some(Leaving { epoch, .. }) = epochs.leaving {
        return IdentityOutcome::NotNow(RulesRefusal::Leaving { epoch });
    }
    let epoch = epochs.last + 1;
    epochs.last = epoch;
    epochs.building = Some(Building {
        epoch,
        taken: Taken::NOTHING,
    });
    put_rules(Place { epoch, ..place }, rules, batch);
    match epoch.checked_sub(RULES_KEPT_MAX) {
        Some(old) if old != epochs.serving => {
            batch.delete(&place.key(RowKey::Rules { epoch: old }))
        }
        _ => {}
    }
    put_epochs(place, epochs, batch);
    IdentityOutcome::Building { epoch }
}

/// Has the built partition serve, when it is whole.
pub(super) fn switch(
    standing: Standing,
    epoch: u32,
    known: &Epochs,
    batch: &mut Batch<'_>,
) -> Result<IdentityOutcome, Error> {
    let (place, mut epochs) = (standing.place, standing.epochs);
    if epochs.serving == epoch {
        return Ok(IdentityOutcome::Settled);
    }
    let Some(next) = epochs.building.filter(|next| next.epoch == epoch) else {
        return Ok(IdentityOutcome::NotNow(RulesRefusal::NotBuilding { epoch }));
    };
    let next_place = Place { epoch, ..place };
    let rules = known.rules(batch, next_place)?;
    let is_ready = Build::new(&Graph::new(&*batch, next_place), &rules, next.taken).is_ready()?;
    if !is_ready || moves_sources(&Graph::new(&*batch, place))? {
        return Ok(IdentityOutcome::NotNow(RulesRefusal::NotReady { epoch }));
    }
    epochs.leaving = Some(Leaving {
        epoch: epochs.serving,
        served: true,
    });
    epochs.serving = epoch;
    epochs.building = None;
    put_epochs(place, epochs, batch);
    Ok(IdentityOutcome::Settled)
}

/// True when the serving partition may be in the middle of withholding a source: that is work on inputs, which must not be
/// lost with its pending rows.
fn moves_sources<R: Reader>(serving: &R) -> Result<bool, R::Error> {
    let rows = serving.scan(&RowPrefix::Pending, None, SOURCES_SEARCHED_MAX)?;
    let is_source = |key: &RowKey| {
        matches!(
            key,
            RowKey::Pending {
                stage: Stage::SOURCE,
                ..
            }
        )
    };
    Ok(rows.len() == SOURCES_SEARCHED_MAX || rows.iter().any(|(key, _)| is_source(key)))
}

/// Gives a partition up that is being built.
pub(super) fn cancel(standing: Standing, epoch: u32, batch: &mut Batch<'_>) -> IdentityOutcome {
    let (place, mut epochs) = (standing.place, standing.epochs);
    if epochs.building.is_none_or(|next| next.epoch != epoch) {
        return IdentityOutcome::NotNow(RulesRefusal::NotBuilding { epoch });
    }
    if let Some(Leaving { epoch, .. }) = epochs.leaving {
        return IdentityOutcome::NotNow(RulesRefusal::Leaving { epoch });
    }
    epochs.building = None;
    epochs.leaving = Some(Leaving {
        epoch,
        served: false,
    });
    put_epochs(place, epochs, batch);
    IdentityOutcome::Settled
}

/// Builds a piece of the next epoch's partition, or removes a piece of an old one.
pub(super) fn advance(
    standing: &Standing,
    known: &Epochs,
    writing: &mut Writing,
    batch: &mut Batch<'_>,
) -> Result<(), Error> {
    let (place, mut epochs) = (standing.place, standing.epochs.clone());
    if let Some((next, taken)) = standing.building() {
        let rules = known.rules(batch, next)?;
        let advance = Build::new(&Graph::new(&*batch, next), &rules, taken).advance()?;
        next.write(advance.effects.writes, batch);
        if taken != advance.taken {
            epochs.building = Some(Building {
                epoch: next.epoch,
                taken: advance.taken,
            });
            put_epochs(place, epochs, batch);
        }
    } else if let Some(leaving) = epochs.leaving
        && remove(standing, leaving, writing, batch)?
    {
        epochs.leaving = None;
        put_epochs(place, epochs, batch);
    }
    Ok(())
}

/// Removes rows of an epoch, and tells where the profiles went that it served; true when none is left.
fn remove(
    standing: &Standing,
    leaving: Leaving,
    writing: &mut Writing,
    batch: &mut Batch<'_>,
) -> Result<bool, Error> {
    let Place {
        group, workspace, ..
    } = standing.place;
    let range = KeyRange::identity_epoch(group, workspace, leaving.epoch);
    let rows = batch.scan_bytes(&range, Order::Ascending, LEAVING_ROWS_MAX)?;
    let is_more = rows.len() == LEAVING_ROWS_MAX;
    let mut asked = 0;
    for (key, value) in rows {
        if asked >= LEAVING_NODES_MAX {
            return Ok(false);
        }
        let key = Key::decode(&key)?;
        if let Key::Identity {
            row: RowKey::Profile { .. },
            ..
        } = key
            && leaving.served
            && let IdentityRow(RowValue::Profile(profile)) = codec::decode(&value)?
        {
            asked += profile.nodes.len();
            if let Some(change) = moved(standing, &profile, batch)? {
                writing.change(workspace, change);
            }
        }
        batch.delete(&key);
    }
    Ok(!is_more)
}

/// What became of a profile under the rules that serve now, unless it kept its id and is whole.
fn moved(
    standing: &Standing,
    old: &ProfileRow,
    batch: &Batch<'_>,
) -> Result<Option<ProfileChange>, Error> {
    let graph = Graph::new(batch, standing.place);
    let new = Resolver::new(&graph, &standing.rules).profiles_of(&old.nodes)?;
    let old = BTreeSet::from([old.canonical]);
    let cause = Cause::Rules(standing.place.epoch);
    Ok((new != old).then_some(ProfileChange { old, new, cause }))
}

/// The first of the rows that say what is left to do, with how far each has come: of the serving partition, and of the epochs
/// that come and go.
pub(crate) fn left<R: Read>(
    rows: &R,
    known: &Epochs,
    group: GroupId,
    workspace: WorkspaceId,
    limit: usize,
) -> Result<Vec<(Key, RowValue)>, Error> {
    let Some(standing) = known.standing(rows, group, workspace)? else {
        return Ok(Vec::new());
    };
    let mut left = pending(rows, standing.place, limit)?;
    let epochs = &standing.epochs;
    let mut is_taking = false;
    if let Some((next, taken)) = standing.building() {
        left.extend(pending(rows, next, limit)?);
        is_taking = taken != Taken::All;
    }
    if epochs.leaving.is_some() || is_taking {
        let key = standing.place.key(RowKey::Epochs);
        left.push((key, epochs.clone().into()));
    }
    if let Some(Leaving { epoch, .. }) = epochs.leaving {
        // Of an old epoch, its first row: another one is there once a step has removed some.
        let range = KeyRange::identity_epoch(group, workspace, epoch);
        for (key, _) in rows.scan_bytes(&range, Order::Ascending, 1)? {
            left.push((Key::decode(&key)?, RowValue::Mark));
        }
    }
    Ok(left)
}

fn pending<R: Read>(rows: &R, place: Place, limit: usize) -> Result<Vec<(Key, RowValue)>, Error> {
    let found = Graph::new(rows, place).scan(&RowPrefix::Pending, None, limit)?;
    let found = found.into_iter();
    Ok(found.map(|(key, value)| (place.key(key), value)).collect())
}

fn put_rules(place: Place, rules: RulesRow, batch: &mut Batch<'_>) {
    batch.put(&rules_key(place), &IdentityRow(rules.into()));
}

fn put_epochs(place: Place, epochs: EpochsRow, batch: &mut Batch<'_>) {
    let key = place.key(RowKey::Epochs);
    batch.put(&key, &IdentityRow(epochs.into()));
}
