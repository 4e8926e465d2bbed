//! What code or a command line says, which goes before variables.

use std::time::Duration;

use super::identity::Identity;
use super::labels::{Label, Labelled};
use crate::secret::Secret;

/// What is said; all of it may be left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub host: Option<String>,
    pub endpoint: Option<String>,
    pub workspace_id: Option<String>,
    pub identity: Option<NamedIdentity>,
    /// How long tokens shall live.
    pub lifetime: Option<Duration>,
    /// What they shall be good for: an array in JSON, as the service takes it.
    pub claims: Option<String>,
}

/// An identity that is named: nothing else is looked at.
#[derive(Clone, Debug)]
pub(crate) enum NamedIdentity {
    Token(Secret),
    Pair {
        client_id: String,
        client_secret: Secret,
    },
    /// A profile, and what names it.
    Profile(String, Label),
    /// One by what callers give.
    OfCallers(Identity),
}

/// The text of an option, if it is set.
pub(super) fn option(name: &str, value: Option<&String>) -> Option<Labelled<String>> {
    value.map(|value| Labelled { value: value.clone(), label: label(name) })
}

/// What messages call an option.
pub(crate) fn label(name: &str) -> Label {
    Label::Described(format!("the option {name}"))
}
