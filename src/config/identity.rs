//! Who asks.

use std::path::PathBuf;

use super::id_token::IdTokenClaims;
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
        /// What it may be good for, in the form of RFC 6749 §3.3; without it for everything.
        scopes: Option<String>,
    },
    /// It is granted for an ID token of somebody else (RFC 8693).
    Federation {
        /// The service principal's application id; without it an account's policy decides.
        client_id: Option<String>,
        /// Without it: whose ID token it is.
        whose: Option<IdTokenClaims>,
        /// Whom an issuer is asked to make ID tokens for, if that was said.
        audience: Option<String>,
        /// As those of client credentials.
        scopes: Option<String>,
    },
    /// The same for ID tokens that callers give, each in a context of its own.
    IdTokensOfCallers {
        client_id: Option<String>,
        /// Whom they are asked for; without it the workspace's token endpoint.
        audience: Option<String>,
        /// Without a client id: whose they are.
        whose: Option<CallersName>,
    },
    /// Callers give it themselves.
    AccessTokensOfCallers { whose: CallersName },
    /// The Databricks CLI has it, of a person who has logged in there.
    DatabricksCli(CliLogin),
}

impl Identity {
    /// The service principal's application id, if it is known to be one's.
    pub(crate) fn client_id(&self) -> Option<&str> {
        match self {
            Identity::ClientCredentials { client_id, .. } => Some(client_id),
            Identity::Federation { client_id, .. }
            | Identity::IdTokensOfCallers { client_id, .. } => client_id.as_deref(),
            Identity::GivenToken(_)
            | Identity::AccessTokensOfCallers { .. }
            | Identity::DatabricksCli(_) => None,
        }
    }

    /// Whether it is of one provider alone, and nobody can ask for its tokens once that is gone.
    pub(crate) fn is_of_one_provider(&self) -> bool {
        match self {
            Identity::AccessTokensOfCallers { whose } => matches!(whose, CallersName::Own(_)),
            Identity::IdTokensOfCallers { whose, .. } => {
                matches!(whose, Some(CallersName::Own(_)))
            }
            Identity::GivenToken(_)
            | Identity::ClientCredentials { .. }
            | Identity::Federation { .. }
            | Identity::DatabricksCli(_) => false,
        }
    }
}

/// What callers have in common who share what they give.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CallersName {
    /// A name that somebody gave.
    Given(String),
    /// Nothing but their provider, which has this number in the process: one person's token must never reach
    /// another.
    Own(u64),
}

/// A login of the Databricks CLI.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CliLogin {
    /// The profile; without one that of the host.
    pub profile: Option<String>,
    /// The file of profiles, which the CLI finds by itself.
    pub file: PathBuf,
    /// Without a profile: the workspace that the host's address names. The CLI reads the variable itself.
    pub workspace_id: Option<String>,
    /// The program, if the profile names it.
    pub program: Option<String>,
}
