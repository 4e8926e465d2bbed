//! What messages call a setting: people are told of it by the name that they gave it, wherever they
//! did.

use std::fmt;

/// What a message calls a setting: where it was set, such as "DATABRICKS_HOST".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// A variable, or an option of a command line.
    Named(&'static str),
    /// Another place, such as "token of profile dev in ~/.databrickscfg".
    Described(String),
}

/// A value and where it was set. Not shown by `Debug`: it may be a secret.
#[derive(Clone)]
pub(crate) struct Labelled<T> {
    pub value: T,
    pub label: Label,
}

/// Reads one variable.
pub(super) type Set<'a, E> = dyn FnMut(&'static str) -> Result<Option<Labelled<String>>, E> + 'a;

/// The labels of a [`Config`](super::Config).
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    pub host: Label,
    /// Of the workspace's id, if there is one.
    pub workspace_id: Option<Label>,
    pub endpoint: Label,
    pub identity: IdentityLabels,
    /// Of the way to the workspace.
    pub network: NetworkLabels,
    /// Of the store, if there is one.
    pub store: Option<StoreLabels>,
}

/// What is said of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLabels {
    pub label: Label,
    /// Host and port.
    pub place: String,
    pub is_encrypted: bool,
    /// Why these tokens are not shared, if they are not.
    pub unshared: Option<Unshared>,
    /// Of whom to trust there.
    pub network: NetworkLabels,
}

/// Why tokens are not shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshared {
    /// There is nothing to seal them by.
    NoKey,
    /// They are of somebody who is not known by the id of a service principal.
    OfAPerson,
}

/// The labels of an identity. One setting can be both.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityLabels {
    /// What says who it is.
    pub name: Label,
    /// What proves it.
    pub proof: Label,
    /// The profile that it is of.
    pub profile: Option<ProfileLabel>,
    /// Where none is set, and the Databricks CLI is asked for want of anything better.
    pub last_resort: Option<LastResort>,
}

/// What is said where the last resort fails too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastResort {
    /// What is not set.
    pub clause: String,
    /// How it can be set: a sentence without its end.
    pub advice: String,
}

/// Where a profile stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileLabel {
    pub name: String,
    /// As people write it, such as "~/.databrickscfg".
    pub file: String,
    /// Of its heading; zero for a DEFAULT without one.
    pub line: usize,
}

/// The labels of a [`Network`](super::network::Network).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkLabels {
    /// Of each of the files and folders, in their order.
    pub extra_roots: Vec<Label>,
    /// Of the system's certificates, if they are trusted.
    pub system_roots: Option<Label>,
    /// Of the proxy, if there is one.
    pub proxy: Option<Label>,
}

impl Label {
    /// That of an environment variable.
    pub fn variable(name: &'static str) -> Label {
        Label::Named(name)
    }

    /// That of an option of a command line.
    pub fn option(name: &'static str) -> Label {
        Label::Named(name)
    }

    /// Whether it is that of an option of a command line.
    pub(super) fn is_option(&self) -> bool {
        matches!(self, Label::Named(name) if name.starts_with("--"))
    }

    /// That of a part of it.
    pub fn part(&self, what: &str) -> Label {
        Label::Described(format!("{what} in {self}"))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Label::Named(name) => name,
            Label::Described(place) => place,
        })
    }
}
