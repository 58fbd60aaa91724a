//! The resolver: reads through a [`Reader`], decides, and returns [`Effects`].

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::aggregate::replace_evidence;
use crate::graph::Graph;
use crate::work::Work;
use crate::{
    Candidate, Cause, Effects, Evidence, Explanation, Fact, FactId, FactRow, IdentifierId, Lookup,
    NodeId, Picture, ProfileView, Reader, Refusal, RowKey, RowPrefix, RowValue, Rules, Source,
    StrandId, Undo, changes, drain, explain, extent, fact, lookup, picture, sources, work,
};

/// A handle on the rows of one workspace under its rules. Every method reads the rows as they are; to see what a method
/// decided, apply its effects first. Its only errors are the reader's.
pub struct Resolver<'a, R: Reader> {
    reader: &'a R,
    rules: &'a Rules,
}

impl<'a, R: Reader> Resolver<'a, R> {
    /// A resolver over these rows.
    #[must_use]
    pub fn new(reader: &'a R, rules: &'a Rules) -> Self {
        Self { reader, rules }
    }

    fn graph(&self) -> Graph<'a, R> {
        Graph::new(self.reader, self.rules)
    }

    /// Works evidence in.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn observe(&self, evidence: &[Evidence]) -> Result<Effects, R::Error> {
        let mut graph = self.graph();
        let mut work = Work::new(Cause::Step);
        for new in evidence {
            work.because_of(Cause::Strand(new.strand));
            let source = new.source.id();
            if graph.revoked(source)?.is_some() {
                sources::withhold(&mut graph, new)?;
                continue;
            }
            let key = RowKey::Evidence {
                strand: new.strand,
                source,
            };
            let old = graph.evidence(&key)?;
            let mut union = old.clone().unwrap_or_else(|| new.silent().into());
            if !Arc::make_mut(&mut union).merge(new) && old.is_some() {
                continue;
            }
            let speaking = (!union.is_silent()).then_some(union);
            replace_evidence(&mut graph, old.as_ref(), speaking.as_ref(), &mut work)?;
        }
        finish(graph, work)
    }

    /// Takes the evidence of one (strand, source) back: the rows are then as if it had never come.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn retract(&self, strand: StrandId, source: &Source) -> Result<Effects, R::Error> {
        let mut graph = self.graph();
        let old = graph.evidence(&RowKey::Evidence {
            strand,
            source: source.id(),
        })?;
        let withheld = RowKey::Withheld {
            source: source.id(),
            strand,
        };
        if graph.has(&withheld)? {
            graph.delete(withheld);
        }
        let mut work = Work::new(Cause::Retracted(strand));
        replace_evidence(&mut graph, old.as_ref(), None, &mut work)?;
        finish(graph, work)
    }

    /// Does a bounded part of the work that was too much for the commands that caused it.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn step(&self) -> Result<Effects, R::Error> {
        let graph = self.graph();
        let mut work = Work::new(Cause::Step);
        drain::resume(&graph, &mut work)?;
        finish(graph, work)
    }

    /// Takes an operator fact. A refusal is an outcome and changes nothing; saying a fact again changes nothing either,
    /// even when it has been withdrawn since.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn fact(&self, fact: &Fact) -> Result<Result<Effects, Refusal>, R::Error> {
        let mut graph = self.graph();
        let mut work = Work::new(Cause::Fact(fact.id));
        match fact::state(&mut graph, fact, &mut work)? {
            Ok(()) => finish(graph, work).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Withdraws a fact: the partition is then as if it had never been said. A refusal is an outcome and changes nothing;
    /// withdrawing it again changes nothing either.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn undo(&self, fact: FactId, undo: &Undo) -> Result<Result<Effects, Refusal>, R::Error> {
        let mut graph = self.graph();
        let mut work = Work::new(Cause::Undo(fact));
        match fact::undo(&mut graph, fact, undo, &mut work)? {
            Ok(()) => finish(graph, work).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// The node of an identifier (and so of a profile id).
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn resolve(&self, id: IdentifierId) -> Result<Option<NodeId>, R::Error> {
        Ok(self.graph().identifier(id)?.map(|row| row.node))
    }

    /// Whom a node belongs to.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn lookup(&self, node: NodeId) -> Result<Lookup, R::Error> {
        lookup::lookup(&mut self.graph(), node)
    }

    /// Why two nodes are one customer, or why not.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn explain(&self, a: NodeId, b: NodeId) -> Result<Explanation, R::Error> {
        explain::explain(&mut self.graph(), a, b)
    }

    /// The links that made a profile, those of its things, and those that were refused; bounded.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn picture(&self, view: &ProfileView) -> Result<Picture, R::Error> {
        picture::picture(&mut self.graph(), view)
    }

    /// Links of a node that were refused, at most `limit`.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn candidates(&self, node: NodeId, limit: usize) -> Result<Vec<Candidate>, R::Error> {
        let rows = self
            .reader
            .scan(&RowPrefix::Candidates(node), None, limit)?;
        let candidates = rows
            .into_iter()
            .filter_map(|(key, value)| match (key, value) {
                (RowKey::Candidate { node, other }, RowValue::Candidate(refused)) => {
                    Some(Candidate {
                        node,
                        other,
                        refused: Arc::unwrap_or_clone(refused),
                    })
                }
                _ => None,
            });
        Ok(candidates.collect())
    }

    /// Facts in order of id, withdrawn ones too, at most `limit`, only those after the id `after`.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn facts(&self, after: Option<FactId>, limit: usize) -> Result<Vec<FactRow>, R::Error> {
        let after = after.map(|fact| RowKey::Fact { fact });
        let rows = self.reader.scan(&RowPrefix::Facts, after.as_ref(), limit)?;
        let facts = rows.into_iter().filter_map(|(_, value)| match value {
            RowValue::Fact(row) => Some(Arc::unwrap_or_clone(row)),
            _ => None,
        });
        Ok(facts.collect())
    }

    /// Profiles in order of root, at most `limit`, only those after the root `after`.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn profiles(
        &self,
        after: Option<NodeId>,
        limit: usize,
    ) -> Result<Vec<ProfileView>, R::Error> {
        let mut graph = self.graph();
        let after = after.map(|root| RowKey::Profile { root });
        let mut views = Vec::new();
        for (key, value) in self
            .reader
            .scan(&RowPrefix::Profiles, after.as_ref(), limit)?
        {
            if let (RowKey::Profile { root }, RowValue::Profile(_)) = (key, value) {
                views.extend(lookup::view(&mut graph, root)?);
            }
        }
        Ok(views)
    }

    /// The ids of the profiles in which nodes stand: what became of a profile that they made elsewhere.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn profiles_of(
        &self,
        nodes: &BTreeSet<NodeId>,
    ) -> Result<BTreeSet<IdentifierId>, R::Error> {
        let mut graph = self.graph();
        let mut ids = BTreeSet::new();
        for node in nodes {
            for root in changes::roots(&mut graph, *node)? {
                ids.extend(graph.profile(root)?.map(|profile| profile.canonical));
            }
        }
        Ok(ids)
    }

    /// What waits to be worked in: nodes, strands or sources, each once per kind of work, at most `limit`.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn pending(&self, limit: usize) -> Result<Vec<[u8; 16]>, R::Error> {
        let rows = self.reader.scan(&RowPrefix::Pending, None, limit)?;
        let pieces = rows.into_iter().filter_map(|(key, _)| match key {
            RowKey::Pending { of, .. } => Some(of),
            _ => None,
        });
        Ok(pieces.collect())
    }
}

/// Does what was marked, and gathers what to write.
pub(crate) fn finish<R: Reader>(
    mut graph: Graph<'_, R>,
    mut work: Work,
) -> Result<Effects, R::Error> {
    let is_done = drain::drain(&mut graph, &mut work)?;
    let changes = changes::changes(&mut graph, &mut work)?;
    extent::refresh(&mut graph)?;
    work::count_pending(&mut graph)?;
    Ok(Effects {
        changes,
        pending: !is_done,
        ..graph.finish()
    })
}
