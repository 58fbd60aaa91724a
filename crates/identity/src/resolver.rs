//! The resolver: reads through a [`Reader`], decides, and returns [`Effects`].

use crate::{
    Candidate, Effects, Evidence, Explanation, Fact, FactId, FactRow, IdentifierId, Lookup, NodeId,
    ProfileView, Reader, Refusal, Rules, Source, StrandId, Undo,
};

/// A handle on the rows of one workspace under its rules. Every method reads them as they are; to see what a method
/// decided, apply its effects first.
pub struct Resolver<'a, R: Reader> {
    reader: &'a R,
    rules: &'a Rules,
}

#[allow(clippy::todo, unused_variables, clippy::missing_errors_doc)]
impl<'a, R: Reader> Resolver<'a, R> {
    /// A resolver over these rows.
    #[must_use]
    pub fn new(reader: &'a R, rules: &'a Rules) -> Self {
        Self { reader, rules }
    }

    /// Works evidence in, one after the other.
    pub fn observe(&self, evidence: &[Evidence]) -> Result<Effects, R::Error> {
        let _ = (self.reader, self.rules);
        todo!()
    }

    /// Takes the evidence of one (strand, source) back.
    pub fn retract(&self, strand: StrandId, source: &Source) -> Result<Effects, R::Error> {
        todo!()
    }

    /// Takes an operator fact. A refusal is an outcome and changes nothing.
    pub fn fact(&self, fact: &Fact) -> Result<Result<Effects, Refusal>, R::Error> {
        todo!()
    }

    /// Withdraws a fact. A refusal is an outcome and changes nothing.
    pub fn undo(&self, fact: FactId, undo: &Undo) -> Result<Result<Effects, Refusal>, R::Error> {
        todo!()
    }

    /// The node of an identifier (and so of a profile id).
    pub fn resolve(&self, id: IdentifierId) -> Result<Option<NodeId>, R::Error> {
        todo!()
    }

    /// Whom a node belongs to.
    pub fn lookup(&self, node: NodeId) -> Result<Lookup, R::Error> {
        todo!()
    }

    /// Why two nodes are one customer, or why not.
    pub fn explain(&self, a: NodeId, b: NodeId) -> Result<Explanation, R::Error> {
        todo!()
    }

    /// Links of a node that were refused, at most `limit`.
    pub fn candidates(&self, node: NodeId, limit: usize) -> Result<Vec<Candidate>, R::Error> {
        todo!()
    }

    /// Facts in order of id, withdrawn ones too, at most `limit`, only those after the id `after`.
    pub fn facts(&self, after: Option<FactId>, limit: usize) -> Result<Vec<FactRow>, R::Error> {
        todo!()
    }

    /// Profiles in order of root, at most `limit`, only those after the root `after`.
    pub fn profiles(
        &self,
        after: Option<NodeId>,
        limit: usize,
    ) -> Result<Vec<ProfileView>, R::Error> {
        todo!()
    }

    /// Nodes whose component waits to be recomputed, at most `limit`.
    pub fn pending(&self, limit: usize) -> Result<Vec<NodeId>, R::Error> {
        todo!()
    }
}
