//! The order of a workspace's namespaces, strongest first.
//!
//! - It is settled when the workspace is made and frozen from then on: anchors, and with them the place of every
//!   interaction, depend on it.
//! - A namespace's rank is its place in this order.

use serde::{Deserialize, Serialize};

use crate::{Error, Form, Namespace, NamespaceSpec, Strength};

/// The namespaces of a workspace, strongest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces(Vec<NamespaceSpec>);

/// A namespace of a workspace's own, and its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomNamespace {
    /// The namespace.
    pub spec: NamespaceSpec,
    /// The namespace it comes right behind; the strongest of all if none is named.
    pub after: Option<Namespace>,
}

const BUILTIN: [(&str, Strength, Form, bool); 8] = [
    ("user_id", Strength::Strong, Form::Verbatim, true),
    ("email", Strength::Strong, Form::Email, false),
    ("social", Strength::Strong, Form::CaseFolded, false),
    ("phone", Strength::Weak, Form::Phone, false),
    ("loyalty_id", Strength::Weak, Form::CaseFolded, false),
    ("device_id", Strength::Weak, Form::Uuid, false),
    ("advertising_id", Strength::Weak, Form::Uuid, false),
    ("anonymous_id", Strength::Weak, Form::Uuid, false),
];

impl Namespaces {
    /// The most namespaces that a workspace has.
    pub const MAX: usize = 64;

    /// The order of a workspace that declares none of its own.
    pub fn builtin() -> Self {
        let spec =
            |(name, strength, form, exclusive): (&str, Strength, Form, bool)| NamespaceSpec {
                name: name.parse().expect("builtin names follow the grammar"),
                strength,
                form,
                exclusive,
            };
        Namespaces(BUILTIN.map(spec).to_vec())
    }

    /// The builtin order with these put in, one after the other; a later one may come behind an earlier one.
    pub fn with_custom(custom: Vec<CustomNamespace>) -> Result<Self, Error> {
        let mut all = Self::builtin();
        for CustomNamespace { spec, after } in custom {
            if all.get(spec.name.as_str()).is_some() {
                return Err(Error::Invalid {
                    what: format!("namespace {}", spec.name),
                    expected: "declared only once",
                });
            }
            if all.0.len() == Self::MAX {
                return Err(Error::Invalid {
                    what: "the list of namespaces".into(),
                    expected: "at most 64 long",
                });
            }
            let place = match after {
                None => 0,
                Some(name) => {
                    let (rank, _) = all.require(name.as_str())?;
                    usize::from(rank) + 1
                }
            };
            all.0.insert(place, spec);
        }
        Ok(all)
    }

    /// The rank (0 is the strongest) and the settings of a namespace.
    pub fn get(&self, name: &str) -> Option<(u8, &NamespaceSpec)> {
        let rank = self.0.iter().position(|spec| spec.name.as_str() == name)?;
        Some((
            u8::try_from(rank).expect("there are at most 64 namespaces"),
            &self.0[rank],
        ))
    }

    /// As `get`, with an error that names what is missing.
    pub fn require(&self, name: &str) -> Result<(u8, &NamespaceSpec), Error> {
        self.get(name).ok_or_else(|| Error::UnknownNamespace {
            name: name.chars().take(Namespace::BYTES_MAX).collect(),
        })
    }

    /// All of them, strongest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &NamespaceSpec> {
        self.0.iter()
    }
}

impl Default for Namespaces {
    fn default() -> Self {
        Self::builtin()
    }
}
