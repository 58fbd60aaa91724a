//! Who may operate a node that has no registry yet: whoever its configuration says.
//!
//! A node that serves asks its registry, which has the tokens of the cluster. Before that, somebody must be able to form
//! the cluster, to have the node join one, and to see how far it is.

use acquaint_api::ErrorCode;
use acquaint_node::Config;
use acquaint_node::config::{Scope, Secret};
use axum::http::HeaderMap;

use crate::credentials::{Authorization, Credential};
use crate::failure::Failure;
use crate::same_machine;

/// The tokens with the scope `cluster:admin` in a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operators {
    /// Nobody needs a token, and only this machine may call.
    open: bool,
    tokens: Vec<Secret>,
}

impl Operators {
    /// Those of a configuration.
    pub(crate) fn of(config: &Config) -> Self {
        let tokens = config.workspaces.iter().flat_map(|of| &of.tokens);
        let operators = tokens.filter(|token| token.scopes.contains(&Scope::ClusterAdmin));
        Self {
            open: config.is_open(),
            tokens: operators.map(|token| token.token.clone()).collect(),
        }
    }

    /// Refuses who is none of them.
    pub(crate) fn require(&self, headers: &HeaderMap) -> Result<(), Failure> {
        if self.open {
            return same_machine::check(headers);
        }
        let known = match Authorization::of(headers).credential() {
            Some(Credential::Bearer(given)) => self.tokens.iter().any(|token| token.is(given)),
            _ => false,
        };
        match known {
            true => Ok(()),
            false => Err(Failure::new(
                ErrorCode::Unauthorized,
                "send a token with the scope `cluster:admin` that this node's configuration has, as `Authorization: Bearer <token>`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_tokens_of_the_scope_open_the_cluster() {
        let config: Config = toml::from_str(
            r#"
            [[workspace]]
            name = "shop"
            [[workspace.token]]
            token = "operator-token"
            scopes = ["cluster:admin"]
            [[workspace.token]]
            token = "other-token"
            scopes = ["admin", "export"]
            "#,
        )
        .unwrap();
        let operators = Operators::of(&config);
        let check = |authorization: &str, may: bool| {
            let mut headers = HeaderMap::new();
            if !authorization.is_empty() {
                headers.insert("authorization", authorization.parse().unwrap());
            }
            assert_eq!(operators.require(&headers).is_ok(), may, "{authorization}");
        };
        check("Bearer operator-token", true);
        check("Bearer operator-toke", false);
        check("Bearer operator-tokem", false);
        check("Bearer other-token", false);
        check("", false);
    }
}
