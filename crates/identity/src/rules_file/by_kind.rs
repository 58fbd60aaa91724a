//! The kinds of things that a namespace can name, and a value for each of them.

use std::fmt;

use serde::Deserialize;

/// What kind of thing a namespace names. The order is that of `config/identity.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Account,
    Mailbox,
    Social,
    Phone,
    Card,
    Device,
    Advertising,
    Browser,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::Account,
        Self::Mailbox,
        Self::Social,
        Self::Phone,
        Self::Card,
        Self::Device,
        Self::Advertising,
        Self::Browser,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Mailbox => "mailbox",
            Self::Social => "social",
            Self::Phone => "phone",
            Self::Card => "card",
            Self::Device => "device",
            Self::Advertising => "advertising",
            Self::Browser => "browser",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A value for every kind, so that none can be missing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByKind<T> {
    account: T,
    mailbox: T,
    social: T,
    phone: T,
    card: T,
    device: T,
    advertising: T,
    browser: T,
}

impl<T> ByKind<T> {
    pub(super) fn get(&self, kind: Kind) -> &T {
        match kind {
            Kind::Account => &self.account,
            Kind::Mailbox => &self.mailbox,
            Kind::Social => &self.social,
            Kind::Phone => &self.phone,
            Kind::Card => &self.card,
            Kind::Device => &self.device,
            Kind::Advertising => &self.advertising,
            Kind::Browser => &self.browser,
        }
    }
}
