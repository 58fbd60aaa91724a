//! Which node a command speaks to, and as whom.

use acquaint_api::{Client, ClientError, ErrorCode, Successors};
use clap::Args;

/// Where to call when nothing is said.
pub(crate) const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// The node and the credentials.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// Address of the node
    #[arg(
        long,
        global = true,
        env = "ACQUAINT_URL",
        default_value = DEFAULT_URL,
        value_name = "URL"
    )]
    url: String,
    /// Token of the API; not needed while none is configured. Better set in the environment than typed
    #[arg(
        long,
        global = true,
        env = "ACQUAINT_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<String>,
    /// Key of the tracking API, for `import`
    #[arg(
        long,
        global = true,
        env = "ACQUAINT_WRITE_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    write_key: Option<String>,
}

impl Connection {
    pub(crate) fn client(&self) -> Result<Client, ClientError> {
        self.client_of(&self.url)
    }

    /// A client of another node, with the same credentials.
    pub(crate) fn client_of(&self, url: &str) -> Result<Client, ClientError> {
        Ok(Client::new(url)?
            .with_token(self.token.clone())
            .with_write_key(self.write_key.clone()))
    }
}

/// What to do about an error, where that is not in its message.
pub(crate) fn advice(error: &anyhow::Error) -> Option<String> {
    let error = error.downcast_ref::<ClientError>()?;
    match (error, error.code()) {
        (ClientError::Connection { .. }, _) => Some(
            "is a node running there? `acquaint serve` starts one; --url or ACQUAINT_URL says where it is".into(),
        ),
        (_, Some(ErrorCode::Unauthorized | ErrorCode::Forbidden)) => Some(
            "set ACQUAINT_TOKEN (reads, facts, export, cluster) or ACQUAINT_WRITE_KEY (import) to one that is configured for this".into(),
        ),
        _ => error.successors().map(successors),
    }
}

/// The customers to ask for in place of what they share.
fn successors(successors: &Successors) -> String {
    let more = if successors.more { ", and more" } else { "" };
    match successors.profiles.is_empty() {
        true => "no customer was seen with it".into(),
        false => format!("it is shared by {}{more}", successors.profiles.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_share_a_thing_are_named_as_far_as_they_are_known() {
        let check = |profiles: &[&str], more: bool, expected: &str| {
            let error = ClientError::Refused {
                status: 409,
                code: Some(ErrorCode::IdentifierShared),
                message: "shared".into(),
                retry_after: None,
                successors: Some(Successors {
                    profiles: profiles.iter().map(ToString::to_string).collect(),
                    more,
                }),
            };
            assert_eq!(advice(&error.into()).as_deref(), Some(expected));
        };
        check(
            &["pf_a", "pf_b"],
            true,
            "it is shared by pf_a, pf_b, and more",
        );
        check(&["pf_a"], false, "it is shared by pf_a");
        check(&[], false, "no customer was seen with it");
    }
}
