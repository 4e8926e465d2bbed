//! Who asks, chosen from what is set.

use super::excess::excess;
use super::labels::{IdentityLabels, Labelled};
use super::problems::Problems;
use crate::secret::{AccessToken, Secret};

/// The way to an access token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// It is given: an access token of any kind, whose expiry is unknown.
    GivenToken(AccessToken),
    /// It is granted to a service principal (RFC 6749 §4.4).
    ClientCredentials {
        /// The service principal's application id.
        client_id: String,
        client_secret: Secret,
    },
}

/// The identity that is set, given a way to read one setting; `problems` says why there is none.
///
/// # Errors
///
/// The reader's.
pub(super) fn choose<E>(
    mut set: impl FnMut(&'static str) -> Result<Option<Labelled<String>>, E>,
    problems: &mut Problems,
) -> Result<Option<(Identity, IdentityLabels)>, E> {
    // A given token wins, so the others are not even looked at.
    if let Some(token) = set(TOKEN)? {
        return Ok(given_token(token, problems));
    }
    Ok(client_credentials(set(CLIENT_ID)?, set(CLIENT_SECRET)?, problems))
}

fn given_token(
    token: Labelled<String>,
    problems: &mut Problems,
) -> Option<(Identity, IdentityLabels)> {
    let Labelled { value, label } = problems.checked(token, |text| {
        let is_sendable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let problem = excess(&text).unwrap_or("contains characters that no access token has");
        let token = AccessToken(Secret::new(text));
        if is_sendable { Ok(token) } else { Err(problem) }
    })?;
    let labels = IdentityLabels { name: label.clone(), proof: label };
    Some((Identity::GivenToken(value), labels))
}

fn client_credentials(
    id: Option<Labelled<String>>,
    secret: Option<Labelled<String>>,
    problems: &mut Problems,
) -> Option<(Identity, IdentityLabels)> {
    let clause = match (id, secret) {
        (Some(id), Some(secret)) => {
            let labels = IdentityLabels { name: id.label, proof: secret.label };
            let client_secret = Secret::new(secret.value);
            let identity = Identity::ClientCredentials { client_id: id.value, client_secret };
            return Some((identity, labels));
        }
        (Some(id), None) => format!("{} is set but {CLIENT_SECRET} is not", id.label),
        (None, Some(secret)) => format!("{} is set but {CLIENT_ID} is not", secret.label),
        (None, None) => format!("neither {TOKEN} nor {CLIENT_ID} with {CLIENT_SECRET} is set"),
    };
    let advice = format!("set both {CLIENT_ID} and {CLIENT_SECRET}, or set {TOKEN}");
    problems.no_identity(clause, advice);
    None
}

/// The variables of an identity.
pub(super) const TOKEN: &str = "DATABRICKS_TOKEN";
pub(super) const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";
