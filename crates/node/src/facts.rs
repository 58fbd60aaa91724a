//! Operator facts: stated and undone through the identity group, like every change of its state.

use acquaint_api::ErrorCode;
use acquaint_api::limits::FACT_TEXT_BYTES_MAX;
use acquaint_api::profiles::{FactBody, FactRequest, FactStatement};
use acquaint_identity::{EvidenceIdentifier, Fact, FactId, Rank, Reader, RowKey, RowValue};
use acquaint_identity::{Refusal, RevokedMessage, Source, Statement, Undo};
use acquaint_profile::{Identifier, Timestamp};
use acquaint_storage::Graph;
use acquaint_storage::command::{IdentityCommand, IdentityOutcome};
use data_encoding::HEXLOWER;
use rand::Rng;

use crate::ingest::now;
use crate::proposing::propose;
use crate::workspaces::Workspace;
use crate::{Caller, Error, Node};

impl Node {
    /// States a fact. When this returns, lookups show it, or say that work on it is pending.
    pub async fn put_fact(
        &self,
        caller: &Caller,
        request: &FactRequest,
    ) -> Result<FactBody, Error> {
        self.check_space()?;
        let workspace = self.workspace(caller.workspace)?;
        for (name, text) in [("author", &request.author), ("reason", &request.reason)] {
            bounded(name, text)?;
        }
        let at = now();
        let fact = Fact {
            id: new_fact_id(at),
            statement: self.statement(&workspace, &request.statement)?,
            author: request.author.clone(),
            reason: request.reason.clone(),
            at_ms: at.0,
        };
        let command = IdentityCommand::State {
            workspace: workspace.id,
            fact: fact.clone(),
        };
        self.decide(&workspace, &command).await?;
        if let Statement::RevokeMessage(message) = &fact.statement {
            self.carry_out(&workspace, &fact, message).await?;
        }
        Ok(FactBody {
            id: fact_text(fact.id),
            statement: request.statement.clone(),
            author: fact.author,
            reason: fact.reason,
            time: Timestamp(fact.at_ms).to_string(),
        })
    }

    /// Withdraws a fact: everything is as if it had never been stated. Its row stays, and says who withdrew it.
    pub async fn undo_fact(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        self.check_space()?;
        let workspace = self.workspace(caller.workspace)?;
        let Some(fact) = parse_fact_text(id) else {
            return Err(unknown_fact());
        };
        let known = {
            let (view, serving) = self.serving(&workspace)?;
            Graph::new(&view, serving.standing.place).get(&RowKey::Fact { fact })?
        };
        let Some(RowValue::Fact(known)) = known else {
            return Err(unknown_fact());
        };
        self.withdraw(&workspace, fact, &caller.source, "undone through the API")
            .await?;
        if let Statement::RevokeMessage(message) = &known.fact.statement {
            self.let_speak(&workspace, fact, message).await?;
        }
        Ok(())
    }

    async fn withdraw(
        &self,
        workspace: &Workspace,
        fact: FactId,
        author: &str,
        reason: &str,
    ) -> Result<(), Error> {
        let command = IdentityCommand::UndoFact {
            workspace: workspace.id,
            fact,
            undo: Undo {
                author: author.to_owned(),
                reason: reason.to_owned(),
                at_ms: now().0,
            },
        };
        self.decide(workspace, &command).await
    }

    /// Has the anchors leave a message out of the evidence. A fact that they refuse is withdrawn: it must not stand there
    /// as if it held.
    async fn carry_out(
        &self,
        workspace: &Workspace,
        fact: &Fact,
        message: &RevokedMessage,
    ) -> Result<(), Error> {
        for place in &message.strands {
            let done = self
                .revoke_message(workspace, *place, &message.message_id, fact.id, true)
                .await;
            if let Err(Error::Refused { code, message: why }) = done {
                self.withdraw(workspace, fact.id, &fact.author, &why)
                    .await?;
                self.let_speak(workspace, fact.id, message).await?;
                return Err(Error::refused(code, why));
            }
            done?;
        }
        Ok(())
    }

    /// Undoes what [`Node::carry_out`] did.
    async fn let_speak(
        &self,
        workspace: &Workspace,
        fact: FactId,
        message: &RevokedMessage,
    ) -> Result<(), Error> {
        for place in &message.strands {
            self.revoke_message(workspace, *place, &message.message_id, fact, false)
                .await?;
        }
        Ok(())
    }

    fn statement(&self, workspace: &Workspace, given: &FactStatement) -> Result<Statement, Error> {
        match given {
            FactStatement::MustLink { a, b } => Ok(Statement::MustLink(
                identifier(workspace, a)?,
                identifier(workspace, b)?,
            )),
            FactStatement::NeverLink { a, b } => Ok(Statement::NeverLink(
                identifier(workspace, a)?,
                identifier(workspace, b)?,
            )),
            FactStatement::Block { key } => Ok(Statement::Block(identifier(workspace, key)?)),
            FactStatement::RevokeMessage { key, message } => {
                bounded("message", message)?;
                let identifier = identifier(workspace, key)?;
                let strands = self.find_message(workspace, &identifier, message)?;
                Ok(Statement::RevokeMessage(RevokedMessage {
                    message_id: message.clone(),
                    identifier,
                    strands,
                }))
            }
            FactStatement::Split { key } => Ok(Statement::Split(identifier(workspace, key)?)),
            FactStatement::Revoke { source } => {
                bounded("source", source)?;
                Ok(Statement::Revoke(Source(source.clone())))
            }
        }
    }

    async fn decide(&self, workspace: &Workspace, command: &IdentityCommand) -> Result<(), Error> {
        let group = self.group(workspace.identity_group)?;
        let settled = propose(self.store(), group, command).await?;
        match settled.outcome {
            IdentityOutcome::Taken { pending } => {
                if pending {
                    self.wake_stepper();
                }
                Ok(())
            }
            IdentityOutcome::Refused(Refusal::UnknownFact) => Err(unknown_fact()),
            IdentityOutcome::Refused(refusal) => Err(Error::refused(
                ErrorCode::InvalidRequest,
                refusal.to_string(),
            )),
            other => Err(Error::Inconsistent(format!(
                "a fact was answered with {other:?}"
            ))),
        }
    }
}

/// An id of a new fact: the time first, so that facts list in the order they were stated, then random bytes.
fn new_fact_id(at: Timestamp) -> FactId {
    let mut id: [u8; 16] = rand::rng().random();
    id[..8].copy_from_slice(&at.0.to_be_bytes());
    FactId(id)
}

/// The id of a fact as callers see it.
pub(crate) fn fact_text(id: FactId) -> String {
    HEXLOWER.encode(&id.0)
}

fn parse_fact_text(text: &str) -> Option<FactId> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok().map(FactId)
}

fn unknown_fact() -> Error {
    let message = "no fact has this id; GET /v1/facts lists them";
    Error::refused(ErrorCode::FactNotFound, message)
}

pub(crate) fn bounded(name: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() || text.len() > FACT_TEXT_BYTES_MAX {
        let message = format!("`{name}` has 1 to {FACT_TEXT_BYTES_MAX} bytes");
        return Err(Error::refused(ErrorCode::InvalidRequest, message));
    }
    Ok(())
}

/// The identifier that a fact names. It need not have been seen yet.
fn identifier(workspace: &Workspace, text: &str) -> Result<EvidenceIdentifier, Error> {
    let refused =
        |error: acquaint_profile::Error| Error::refused(ErrorCode::InvalidKey, error.to_string());
    let (namespace, value) = text.split_once(':').ok_or_else(|| {
        Error::refused(
            ErrorCode::InvalidKey,
            "a fact names identifiers as `namespace:value`",
        )
    })?;
    let (rank, spec) = workspace.namespaces.require(namespace).map_err(refused)?;
    let identifier = Identifier::parse(spec, value).map_err(refused)?;
    Ok(workspace.evidence_identifier(&identifier, Rank(rank), spec))
}
