//! All that is wrong with what is set, gathered so that one message names it.

use super::host::check_workspace_id;
use super::labels::{Label, Labelled};
use crate::error::{Error, ErrorCode};

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    /// Clauses such as "DATABRICKS_HOST is not set".
    clauses: Vec<String>,
    missing: Vec<&'static str>,
    invalid: Vec<Label>,
    /// Why there is no identity, if there is none, and what to do.
    no_identity: Option<(Lack, String)>,
}

/// Why there is no identity.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NoIdentity {
    /// Something has a value that cannot be used. The text completes the sentence "DATABRICKS_TOKEN …".
    Invalid(Label, &'static str),
    /// `clause` says what there is, or is not, and `advice` what to do.
    Other { lack: Lack, clause: String, advice: String },
}

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// Something is not set.
    Unset,
    /// Something is set that cannot be used.
    Unusable,
}

impl Problems {
    /// Whether there is none.
    pub(super) fn are_none(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The value that must be there, checked; `name` is where it can be set.
    ///
    /// The error of `check` completes the sentence "DATABRICKS_HOST …".
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        set: Option<Labelled<String>>,
        check: impl FnOnce(String) -> Result<T, &'static str>,
    ) -> Option<Labelled<T>> {
        if set.is_none() {
            self.clauses.push(format!("{name} is not set"));
            self.missing.push(name);
        }
        self.checked(set?, check)
    }

    /// The value, checked.
    pub(super) fn checked<T>(
        &mut self,
        Labelled { value, label }: Labelled<String>,
        check: impl FnOnce(String) -> Result<T, &'static str>,
    ) -> Option<Labelled<T>> {
        match check(value) {
            Ok(value) => Some(Labelled { value, label }),
            Err(problem) => {
                self.clauses.push(format!("{label} {problem}"));
                self.invalid.push(label);
                None
            }
        }
    }

    /// The id of a workspace that code names, if it is one.
    pub(super) fn workspace(&mut self, set: Option<Labelled<String>>) -> Option<Labelled<String>> {
        self.checked(set?, |id| check_workspace_id(id).ok_or("is not the id of a workspace"))
    }

    /// The identity, if there is one.
    pub(super) fn identity<T>(&mut self, chosen: Result<T, NoIdentity>) -> Option<T> {
        match chosen {
            Ok(identity) => return Some(identity),
            Err(NoIdentity::Invalid(label, problem)) => {
                self.clauses.push(format!("{label} {problem}"));
                self.invalid.push(label);
            }
            Err(NoIdentity::Other { lack, clause, advice }) => {
                self.clauses.push(clause);
                self.no_identity = Some((lack, advice));
            }
        }
        None
    }

    /// The error that names them all.
    pub(super) fn into_error(self) -> Error {
        let is_unset =
            !self.missing.is_empty() || matches!(self.no_identity, Some((Lack::Unset, _)));
        let code = if is_unset { ErrorCode::ConfigMissing } else { ErrorCode::ConfigInvalid };
        let mut advice = Vec::new();
        if !self.missing.is_empty() {
            advice.push(format!("set {}", self.missing.join(" and ")));
        }
        if !self.invalid.is_empty() {
            let invalid: Vec<String> = self.invalid.iter().map(Label::to_string).collect();
            advice.push(format!("correct {}", invalid.join(" and ")));
        }
        let are_variables = self.invalid.iter().all(|label| matches!(label, Label::Named(_)));
        let (place, advice) = match self.no_identity {
            // What to do about that may have nothing to do with variables.
            Some((Lack::Unusable, own)) => ("", [advice, vec![own]].concat()),
            Some((Lack::Unset, own)) => (HERE, [advice, vec![own]].concat()),
            None => (if are_variables { HERE } else { "" }, advice),
        };
        let advice = format!("{}{place}.", advice.join("; "));
        Error::new(code, self.clauses.join("; "), capitalized(advice))
    }
}

/// Where variables are set.
pub(super) const HERE: &str = " in the environment of this process";

pub(super) fn capitalized(mut sentence: String) -> String {
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
