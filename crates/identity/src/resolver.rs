//! The resolver: reads through a [`Reader`], decides, and returns [`Effects`].

use crate::aggregate::{Touch, release, replace_evidence, retain, seed_towards};
use crate::component::{Loaded, load};
use crate::graph::Graph;
use crate::repair::{Work, repair, repair_or_defer};
use crate::{
    Candidate, Cause, Effects, Evidence, Explanation, Fact, FactId, FactRow, IdentifierId, Lookup,
    NodeId, ProfileView, Reader, Refusal, RowKey, RowPrefix, RowValue, Rules, Source, Statement,
    StrandId, Undo, explain, fact, lookup,
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

    /// Works evidence in. A component that several of them touch is worked through once, after the last of them: a change
    /// names the first of those that caused it.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn observe(&self, evidence: &[Evidence]) -> Result<Effects, R::Error> {
        let mut graph = self.graph();
        let mut changes = Vec::new();
        let mut work = Work::default();
        for new in evidence {
            let key = RowKey::Evidence {
                strand: new.strand,
                source: new.source.id(),
            };
            let old = graph.evidence(&key)?;
            let mut union = old.clone().unwrap_or_else(|| new.silent());
            if !union.merge(new) && old.is_some() {
                continue;
            }
            let mut touch = Touch::default();
            let speaking = (!union.is_silent()).then_some(&union);
            replace_evidence(&mut graph, old.as_ref(), speaking, &mut touch)?;
            let cause = Cause::Strand(new.strand);
            changes.extend(repair_or_defer(&mut graph, touch, cause, &mut work)?);
        }
        changes.extend(work.finish(&mut graph)?);
        Ok(Effects {
            changes,
            ..graph.finish()
        })
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
        let mut touch = Touch::default();
        replace_evidence(&mut graph, old.as_ref(), None, &mut touch)?;
        let changes = repair(&mut graph, touch, Cause::Retracted(strand))?;
        Ok(Effects {
            changes,
            ..graph.finish()
        })
    }

    /// Takes an operator fact. A refusal is an outcome and changes nothing; saying a fact again changes nothing either,
    /// even when it has been withdrawn since.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn fact(&self, fact: &Fact) -> Result<Result<Effects, Refusal>, R::Error> {
        let mut graph = self.graph();
        if let Some(known) = graph.fact(fact.id)? {
            let same = known.fact == *fact;
            return Ok(if same {
                Ok(Effects::default())
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
            if graph
                .node(end.node)?
                .is_some_and(|row| row.facts.len() >= fact::FACTS_PER_NODE_MAX)
            {
                return Ok(Err(Refusal::TooManyFacts));
            }
        }
        graph.put(
            RowKey::Fact { fact: fact.id },
            RowValue::Fact(FactRow {
                fact: fact.clone(),
                undone: None,
            }),
        );
        let mut touch = Touch::default();
        put_in_force(&mut graph, fact, &mut touch)?;
        let changes = repair(&mut graph, touch, Cause::Fact(fact.id))?;
        Ok(Ok(Effects {
            changes,
            ..graph.finish()
        }))
    }

    /// Withdraws a fact: the partition is then as if it had never been said. A refusal is an outcome and changes nothing;
    /// withdrawing it again changes nothing either.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn undo(&self, fact: FactId, undo: &Undo) -> Result<Result<Effects, Refusal>, R::Error> {
        let mut graph = self.graph();
        let Some(mut row) = graph.fact(fact)? else {
            return Ok(Err(Refusal::UnknownFact));
        };
        if row.undone.is_some() {
            return Ok(Ok(Effects::default()));
        }
        let mut touch = Touch::default();
        take_out_of_force(&mut graph, &row.fact, &mut touch)?;
        row.undone = Some(undo.clone());
        graph.put(RowKey::Fact { fact }, RowValue::Fact(row));
        let changes = repair(&mut graph, touch, Cause::Undo(fact))?;
        Ok(Ok(Effects {
            changes,
            ..graph.finish()
        }))
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
                        refused,
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
            RowValue::Fact(row) => Some(row),
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
        let graph = self.graph();
        let after = after.map(|root| RowKey::Profile { root });
        let mut views = Vec::new();
        for (key, value) in self
            .reader
            .scan(&RowPrefix::Profiles, after.as_ref(), limit)?
        {
            if let (RowKey::Profile { root }, RowValue::Profile(row)) = (key, value) {
                views.push(lookup::view(&graph, root, &row)?);
            }
        }
        Ok(views)
    }

    /// How many nodes must be looked at when this one is touched: those of its raw component, `None` past the bound.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn component_nodes(&self, node: NodeId) -> Result<Option<u32>, R::Error> {
        Ok(match load(&mut self.graph(), node)? {
            Loaded::Whole(component) => u32::try_from(component.vertices.len()).ok(),
            Loaded::TooLarge(_) => None,
        })
    }

    /// Nodes whose component waits to be recomputed, at most `limit`.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn pending(&self, limit: usize) -> Result<Vec<NodeId>, R::Error> {
        let rows = self.reader.scan(&RowPrefix::Pending, None, limit)?;
        let nodes = rows.into_iter().filter_map(|(key, _)| match key {
            RowKey::Pending { node } => Some(node),
            _ => None,
        });
        Ok(nodes.collect())
    }
}

/// Lets a fact count at the nodes that it is about.
fn put_in_force<R: Reader>(
    graph: &mut Graph<'_, R>,
    fact: &Fact,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    for end in fact.statement.ends() {
        retain(graph, end, false, touch)?;
        // While the node still links: its neighbours may be on their own afterwards.
        if matches!(fact.statement, Statement::Block(_)) {
            seed_neighbourhood(graph, end.node, touch)?;
        }
        if let Some(row) = graph.node_mut(end.node)? {
            match fact.statement {
                Statement::Block(_) => row.blocks += 1,
                Statement::RevokeMessage(_) => {}
                Statement::MustLink(..) | Statement::NeverLink(..) => {
                    row.facts.insert(fact.id);
                }
            }
        }
    }
    touch.changed_by_fact(fact);
    Ok(())
}

/// Takes back what [`put_in_force`] did.
fn take_out_of_force<R: Reader>(
    graph: &mut Graph<'_, R>,
    fact: &Fact,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    touch.changed_by_fact(fact);
    for end in fact.statement.ends() {
        if let Some(row) = graph.node_mut(end.node)? {
            match fact.statement {
                Statement::Block(_) => row.blocks -= 1,
                Statement::RevokeMessage(_) => {}
                Statement::MustLink(..) | Statement::NeverLink(..) => {
                    row.facts.remove(&fact.id);
                }
            }
        }
        release(graph, end, false, touch)?;
    }
    Ok(())
}

/// Makes seeds of all that a node can be linked to, by evidence or by facts.
fn seed_neighbourhood<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let Some(row) = graph.node(node)?.cloned() else {
        return Ok(());
    };
    for rank in row.neighbours.keys() {
        if !graph.rules.is_hub(&row, *rank) {
            seed_towards(graph, node, *rank, touch)?;
        }
    }
    for fact in row.facts {
        if let Some(row) = graph.fact(fact)? {
            touch
                .seeds
                .extend(row.fact.statement.ends().iter().map(|end| end.node));
        }
    }
    Ok(())
}
