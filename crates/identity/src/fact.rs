//! What an operator says: these two are one person, these two never are, this value means nothing.
//!
//! - Facts are an observed-remove set: an undone fact stays as a row (who, when, why) and never comes back.
//! - Where two facts disagree, the later one wins: facts are applied from the latest to the earliest, and one that
//!   contradicts those already applied is overruled.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::aggregate::{release, retain};
use crate::graph::Graph;
use crate::homes::place;
use crate::people::drop_candidates;
use crate::things::make_alone;
use crate::work::Work;
use crate::{
    EvidenceIdentifier, FactId, IdentifierId, NodeId, Placement, Reader, RevokedRow, RowKey,
    Source, Stage, StrandId, marks,
};

/// Facts that one node can carry; past it a fact is refused, so that repair reads a bounded number of them.
pub const FACTS_PER_NODE_MAX: usize = 64;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statement {
    /// The two are one person, whatever hubs, names and limits say.
    MustLink(EvidenceIdentifier, EvidenceIdentifier),
    /// The two are never in one profile.
    NeverLink(EvidenceIdentifier, EvidenceIdentifier),
    /// The value means nothing: it links no one.
    Block(EvidenceIdentifier),
    /// What a message said does not count. The anchors leave it out of the evidence; here it is on record.
    RevokeMessage(RevokedMessage),
    /// The identifier is not part of what it was linked with: it is a profile of its own, with its things.
    Split(EvidenceIdentifier),
    /// Nothing that the source said counts: a write key, or an import.
    Revoke(Source),
}

/// A message that is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedMessage {
    /// Its id.
    pub message_id: String,
    /// An identifier that it came with, as the operator named it.
    pub identifier: EvidenceIdentifier,
    /// The anchors and strands under which it stands.
    pub strands: BTreeSet<(IdentifierId, StrandId)>,
}

impl Statement {
    /// The identifiers that it is about.
    pub(crate) fn ends(&self) -> Vec<&EvidenceIdentifier> {
        match self {
            Self::MustLink(a, b) | Self::NeverLink(a, b) => vec![a, b],
            Self::Block(a) | Self::Split(a) => vec![a],
            Self::Revoke(_) | Self::RevokeMessage(_) => Vec::new(),
        }
    }
}

/// An operator fact. Identifiers need not have been seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Chosen by the caller; saying the same fact twice is saying it once.
    pub id: FactId,
    /// What is said.
    pub statement: Statement,
    /// Who says so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the epoch: decides which of two facts is the later.
    pub at_ms: i64,
}

/// The withdrawal of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Who withdraws it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
}

/// A fact as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRow {
    /// The fact.
    pub fact: Fact,
    /// Present once it has been withdrawn.
    pub undone: Option<Undo>,
}

/// Why a fact or its withdrawal was not taken: an outcome, the same on every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// There is no such fact.
    #[error("no fact has this id")]
    UnknownFact,
    /// The id is taken by a fact that says something else.
    #[error("another fact has this id")]
    FactIdTaken,
    /// Both ends have the same matching key.
    #[error("both identifiers have the same matching key, so they are one already")]
    SameNode,
    /// An end carries as many facts as it can.
    #[error("an identifier carries {FACTS_PER_NODE_MAX} facts already: undo some first")]
    TooManyFacts,
}

/// Takes a fact, or says why not.
pub(crate) fn state<R: Reader>(
    graph: &mut Graph<'_, R>,
    fact: &Fact,
    work: &mut Work,
) -> Result<Result<(), Refusal>, R::Error> {
    if let Some(known) = graph.fact(fact.id)? {
        return Ok(if known.fact == *fact {
            Ok(())
        } else {
            Err(Refusal::FactIdTaken)
        });
    }
    let ends = fact.statement.ends();
    if let [a, b] = ends[..]
        && a.node == b.node
    {
        return Ok(Err(Refusal::SameNode));
    }
    for end in &ends {
        let is_full = |row: &crate::NodeRow| row.facts.len() >= FACTS_PER_NODE_MAX;
        if graph.node(end.node)?.is_some_and(is_full) {
            return Ok(Err(Refusal::TooManyFacts));
        }
    }
    let row = FactRow {
        fact: fact.clone(),
        undone: None,
    };
    graph.put(RowKey::Fact { fact: fact.id }, row);
    for end in ends {
        retain(graph, end, false, work)?;
        count(graph, end.node, fact, true, work)?;
    }
    if let Statement::Revoke(source) = &fact.statement {
        revoke(graph, source, fact.id, true, work)?;
    }
    Ok(Ok(()))
}

/// Withdraws a fact, or says why not.
pub(crate) fn undo<R: Reader>(
    graph: &mut Graph<'_, R>,
    id: FactId,
    undo: &Undo,
    work: &mut Work,
) -> Result<Result<(), Refusal>, R::Error> {
    let Some(row) = graph.fact(id)? else {
        return Ok(Err(Refusal::UnknownFact));
    };
    if row.undone.is_some() {
        return Ok(Ok(()));
    }
    for end in row.fact.statement.ends() {
        count(graph, end.node, &row.fact, false, work)?;
        release(graph, end, false, work)?;
    }
    if let Statement::Revoke(source) = &row.fact.statement {
        revoke(graph, source, id, false, work)?;
    }
    let row = FactRow {
        undone: Some(undo.clone()),
        ..Arc::unwrap_or_clone(row)
    };
    graph.put(RowKey::Fact { fact: id }, row);
    Ok(Ok(()))
}

/// Lets a fact count at a node that it is about, or no more.
fn count<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    fact: &Fact,
    counts: bool,
    work: &mut Work,
) -> Result<(), R::Error> {
    let by = if counts { 1 } else { -1 };
    let rules = graph.rules;
    let Some(row) = graph.node_mut(node)? else {
        return Ok(());
    };
    let was_person = rules.is_person(row);
    match fact.statement {
        Statement::Block(_) => row.blocks = row.blocks.saturating_add_signed(by),
        Statement::Split(_) => row.splits = row.splits.saturating_add_signed(by),
        Statement::MustLink(..) | Statement::NeverLink(..) if counts => {
            row.facts.insert(fact.id);
        }
        Statement::MustLink(..) | Statement::NeverLink(..) => {
            row.facts.remove(&fact.id);
        }
        Statement::Revoke(_) | Statement::RevokeMessage(_) => {}
    }
    let is_person = rules.is_person(row);
    let is_placed = matches!(row.placement, Placement::Person { .. });
    let is_apart = row.is_apart();
    if was_person != is_person {
        // It is told apart among others from now on.
        drop_candidates(graph, node)?;
        if is_placed {
            make_alone(graph, node, work)?;
        } else {
            place(graph, node, Placement::Person { root: node }, work)?;
        }
    }
    if is_apart && !is_person {
        make_alone(graph, node, work)?;
    }
    if let Some(row) = graph.node(node)?
        && matches!(row.placement, Placement::Person { .. })
        && rules.is_person(row)
    {
        work.node(Stage::PEOPLE, node);
    }
    if matches!(fact.statement, Statement::Block(_)) {
        work.node(Stage::STRANDS, node);
    }
    // With whom people are linked says nothing of what they own: their things follow their nodes.
    let is_about_people = matches!(
        fact.statement,
        Statement::MustLink(..) | Statement::NeverLink(..)
    );
    if is_about_people && was_person == is_person {
        return Ok(());
    }
    marks::turned(graph, node, work)
}

fn revoke<R: Reader>(
    graph: &mut Graph<'_, R>,
    source: &Source,
    fact: FactId,
    counts: bool,
    work: &mut Work,
) -> Result<(), R::Error> {
    let key = RowKey::Revoked {
        source: source.id(),
    };
    let known = graph.revoked(source.id())?.map(Arc::unwrap_or_clone);
    let mut row = known.unwrap_or_else(|| RevokedRow {
        source: source.clone(),
        facts: BTreeSet::new(),
    });
    if counts {
        row.facts.insert(fact);
    } else {
        row.facts.remove(&fact);
    }
    if row.facts.is_empty() {
        graph.delete(key);
    } else {
        graph.put(key, row);
    }
    work.node(Stage::SOURCE, NodeId(source.id().0));
    Ok(())
}
