//! An access token that is given: of a person or a service principal, of any kind and age.

use crate::config::labels::Labels;
use crate::secret::{AccessToken, Secret};

/// What no error may repeat of an answer.
pub(super) fn secrets(token: &AccessToken) -> Vec<Secret> {
    vec![token.0.clone()]
}

/// What to do where it is refused.
pub(super) fn advice_when_refused(labels: &Labels) -> String {
    format!("Renew {}: a token of the Databricks CLI lives for an hour.", labels.identity.proof)
}

/// The name of this way to an access token, as the command line and the emulator know it.
pub(super) const KIND: &str = "personal-token";
