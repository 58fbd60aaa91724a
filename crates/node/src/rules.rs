//! The rules of identity as operators change them: build under others, switch, cancel, go back.

use acquaint_api::ErrorCode;
use acquaint_api::profiles::{BuildingBody, EpochBody, RulesBody, RulesRequest, RulesTextBody};
use acquaint_identity::{Build, Rules, RulesRow};
use acquaint_profile::Timestamp;
use acquaint_storage::command::{IdentityCommand, IdentityOutcome};
use acquaint_storage::{Graph, Place, Read};

use crate::config::names;
use crate::epochs::{Standing, rules_row};
use crate::facts::bounded;
use crate::ingest::now;
use crate::proposing::propose;
use crate::workspaces::Workspace;
use crate::{Caller, Error, Node};

/// Epochs of before that an answer lists.
const EARLIER_MAX: usize = 64;

impl Node {
    /// Under which rules the workspace lives.
    pub async fn rules(&self, caller: &Caller) -> Result<RulesBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        let (view, serving) = self.serving(&workspace)?;
        let standing = &serving.standing;
        let epoch = |epoch| epoch_body(&view, standing.place, epoch);
        let building = match standing.epochs.building {
            Some(next) => Some(BuildingBody {
                rules: epoch(next.epoch)?.ok_or_else(|| unknown_epoch(next.epoch))?,
                per_mille: next.taken.per_mille(),
                ready: self.is_built(&view, standing)?,
            }),
            None => None,
        };
        let serving = standing.epochs.serving;
        let mut earlier = Vec::new();
        for number in (1..=standing.epochs.last).rev() {
            let is_now = standing.epochs.building.map(|next| next.epoch) == Some(number);
            if number == serving || is_now {
                continue;
            }
            // Rules are dropped from the oldest on.
            match epoch(number)? {
                Some(body) if earlier.len() < EARLIER_MAX => earlier.push(body),
                _ => break,
            }
        }
        Ok(RulesBody {
            serving: epoch(serving)?.ok_or_else(|| unknown_epoch(serving))?,
            building,
            leaving: standing.epochs.leaving.map(|leaving| leaving.epoch),
            earlier,
        })
    }

    /// The rules of an epoch as they were given.
    pub async fn rules_text(&self, caller: &Caller, epoch: u32) -> Result<RulesTextBody, Error> {
        let workspace = self.workspace(caller.workspace)?;
        let (view, serving) = self.serving(&workspace)?;
        let place = serving.standing.place;
        let row = rules_row(&view, Place { epoch, ..place })?;
        let row = row.ok_or_else(|| unknown_epoch(epoch))?;
        Ok(RulesTextBody {
            epoch: body(epoch, &row),
            rules: row.text,
        })
    }

    /// Begins to build a partition under other rules. The one that serves goes on, and both take in what comes.
    pub async fn build_rules(
        &self,
        caller: &Caller,
        request: &RulesRequest,
    ) -> Result<EpochBody, Error> {
        self.check_space()?;
        let workspace = self.workspace(caller.workspace)?;
        for (name, text) in [("author", &request.author), ("reason", &request.reason)] {
            bounded(name, text)?;
        }
        let mut row = self.wanted(&workspace, request)?;
        row.author.clone_from(&request.author);
        row.reason.clone_from(&request.reason);
        row.at_ms = now().0;
        let command = IdentityCommand::BuildRules {
            workspace: workspace.id,
            rules: row.clone(),
        };
        match self.change_rules(&workspace, &command).await? {
            IdentityOutcome::Building { epoch } => Ok(body(epoch, &row)),
            other => Err(unexpected(&other)),
        }
    }

    /// Has the partition serve that was built under an epoch's rules. From the answer on, lookups follow them.
    pub async fn switch_rules(&self, caller: &Caller, epoch: u32) -> Result<(), Error> {
        let workspace = self.workspace(caller.workspace)?;
        let command = IdentityCommand::SwitchRules {
            workspace: workspace.id,
            epoch,
        };
        self.settle_rules(&workspace, &command).await
    }

    /// Builds under an epoch's rules no longer.
    pub async fn cancel_rules(&self, caller: &Caller, epoch: u32) -> Result<(), Error> {
        let workspace = self.workspace(caller.workspace)?;
        let command = IdentityCommand::CancelRules {
            workspace: workspace.id,
            epoch,
        };
        self.settle_rules(&workspace, &command).await
    }

    /// The rules that a request names, by their text or by an epoch that had them.
    fn wanted(&self, workspace: &Workspace, request: &RulesRequest) -> Result<RulesRow, Error> {
        match (&request.rules, request.epoch) {
            (Some(text), None) => {
                let rules = Rules::parse(text, &names(&workspace.namespaces))
                    .map_err(|error| Error::refused(ErrorCode::InvalidRules, error.to_string()))?;
                Ok(RulesRow {
                    rules,
                    text: text.clone(),
                    author: String::new(),
                    reason: String::new(),
                    at_ms: 0,
                })
            }
            (None, Some(epoch)) => {
                let (view, serving) = self.serving(workspace)?;
                let place = serving.standing.place;
                rules_row(&view, Place { epoch, ..place })?.ok_or_else(|| unknown_epoch(epoch))
            }
            _ => Err(Error::refused(
                ErrorCode::InvalidRequest,
                "give either `rules`, the text of a file, or `epoch`, whose rules are wanted back",
            )),
        }
    }

    /// Whether the partition that is being built is what its rules say.
    fn is_built<R: Read>(&self, rows: &R, standing: &Standing) -> Result<bool, Error> {
        let Some((place, taken)) = standing.building() else {
            return Ok(false);
        };
        let rules = self.epochs().rules(rows, place)?;
        Ok(Build::new(&Graph::new(rows, place), &rules, taken).is_ready()?)
    }

    async fn settle_rules(
        &self,
        workspace: &Workspace,
        command: &IdentityCommand,
    ) -> Result<(), Error> {
        match self.change_rules(workspace, command).await? {
            IdentityOutcome::Settled => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    async fn change_rules(
        &self,
        workspace: &Workspace,
        command: &IdentityCommand,
    ) -> Result<IdentityOutcome, Error> {
        let group = self.group(workspace.identity_group)?;
        let outcome = propose(self.store(), group, command).await?.outcome;
        if let IdentityOutcome::NotNow(refusal) = outcome {
            return Err(Error::refused(
                ErrorCode::RulesConflict,
                refusal.to_string(),
            ));
        }
        self.wake_stepper();
        Ok(outcome)
    }
}

fn epoch_body<R: Read>(rows: &R, place: Place, epoch: u32) -> Result<Option<EpochBody>, Error> {
    let row = rules_row(rows, Place { epoch, ..place })?;
    Ok(row.map(|row| body(epoch, &row)))
}

fn body(epoch: u32, row: &RulesRow) -> EpochBody {
    EpochBody {
        epoch,
        author: row.author.clone(),
        reason: row.reason.clone(),
        time: Timestamp(row.at_ms).to_string(),
    }
}

fn unknown_epoch(epoch: u32) -> Error {
    let message = format!(
        "the rules of epoch {epoch} are not kept; GET /v1/identity/rules lists those that are"
    );
    Error::refused(ErrorCode::InvalidRequest, message)
}

fn unexpected(outcome: &IdentityOutcome) -> Error {
    Error::Inconsistent(format!("a change of rules was answered with {outcome:?}"))
}
