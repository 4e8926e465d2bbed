//! An access token that is given: of a person or a service principal, of any kind and age.

use super::scopes::with_scopes;
use crate::config::labels::Labels;
use crate::http::Who;
use crate::secret::{AccessToken, Secret};

/// What no error may repeat of an answer.
pub(super) fn secrets(token: &AccessToken) -> Vec<Secret> {
    vec![token.0.clone()]
}

/// What to do where it is refused, for what `who` says.
pub(super) fn advice(who: &Who, labels: &Labels) -> String {
    let proof = &labels.identity.proof;
    match who {
        Who::Identity | Who::Entra => {
            format!("Renew {proof}: a token of the Databricks CLI lives for an hour.")
        }
        Who::PersonalTokens => format!(
            "Set {proof} to a token of another kind, as `npx lakebase-token refresh-env` writes it, \
             or have an admin of the workspace allow personal access tokens."
        ),
        Who::Scopes(names) => format!("Set {proof} to a token {}.", with_scopes(names)),
    }
}

/// The name of this way to an access token, as the command line and the emulator know it.
pub(super) const KIND: &str = "personal-token";
