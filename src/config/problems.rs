//! All that is wrong with what is set, gathered so that one message names it.

use super::labels::{Label, Labelled};
use crate::error::{Error, ErrorCode};

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    /// Clauses such as "DATABRICKS_HOST is not set".
    clauses: Vec<String>,
    missing: Vec<&'static str>,
    invalid: Vec<Label>,
    /// How an identity can be set, if none is.
    identity_advice: Option<String>,
}

impl Problems {
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

    /// No identity is set, or none completely: `clause` says what is, and `advice` what to set.
    pub(super) fn no_identity(&mut self, clause: String, advice: String) {
        self.clauses.push(clause);
        self.identity_advice = Some(advice);
    }

    /// The error that names them all.
    pub(super) fn into_error(self) -> Error {
        let code = if self.missing.is_empty() && self.identity_advice.is_none() {
            ErrorCode::ConfigInvalid
        } else {
            ErrorCode::ConfigMissing
        };
        let mut advice = Vec::new();
        if !self.missing.is_empty() {
            advice.push(format!("set {}", self.missing.join(" and ")));
        }
        if !self.invalid.is_empty() {
            let invalid: Vec<String> = self.invalid.iter().map(Label::to_string).collect();
            advice.push(format!("correct {}", invalid.join(" and ")));
        }
        advice.extend(self.identity_advice);
        let advice = format!("{} in the environment of this process.", advice.join("; "));
        Error::new(code, self.clauses.join("; "), capitalized(advice))
    }
}

fn capitalized(mut sentence: String) -> String {
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
