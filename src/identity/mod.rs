//! Who asks, one file for each way to an access token. Which one it is, [`crate::config`] has chosen.

mod claims;
pub(crate) mod client_credentials;
mod given;
mod oauth;
mod scopes;
pub(crate) mod token_endpoint;

use std::sync::Arc;
use std::time::Duration;

use crate::cache::TokenCache;
use crate::config::Identity;
use crate::error::Error;
use crate::event::Event;
use crate::http::{Http, Who};
use crate::secret::{AccessToken, Secret};
use crate::time::Now;
use crate::trip::Trip;
use client_credentials::ClientCredentials;

/// Where the access tokens of one identity come from.
#[derive(Debug)]
pub(crate) enum AccessTokens {
    /// It is given, and there is no other.
    Given(AccessToken),
    /// They are granted to a service principal.
    ClientCredentials(Arc<TokenCache<ClientCredentials>>),
}

impl AccessTokens {
    /// Those of `identity`, asked for by `http` where they have to be.
    pub(crate) fn new(identity: Identity, http: Arc<Http>) -> AccessTokens {
        match identity {
            Identity::GivenToken(token) => AccessTokens::Given(token),
            Identity::ClientCredentials { client_id, client_secret } => {
                let source = ClientCredentials::new(http, &client_id, &client_secret);
                AccessTokens::ClientCredentials(TokenCache::unpaced(source))
            }
        }
    }

    /// One to use, within the budget of `trip`. Reports what happens on the way, and when it expires
    /// if that is known.
    ///
    /// # Errors
    ///
    /// Those of asking for it.
    pub(crate) async fn obtain(&self, trip: &Trip) -> Result<AccessToken, Error> {
        match self {
            AccessTokens::Given(token) => Ok(token.clone()),
            AccessTokens::ClientCredentials(cache) => {
                let lease = cache.lease(trip, Duration::ZERO).await?;
                trip.reports.tell(Event::Authorized { until: lease.expires_at() });
                Ok(lease.token().clone())
            }
        }
    }

    /// The workspace has refused `token`: exactly that one is not used any more. Whether there may
    /// be another.
    pub(crate) fn reject(&self, token: &AccessToken) -> bool {
        match self {
            AccessTokens::Given(_) => false,
            AccessTokens::ClientCredentials(cache) => {
                cache.invalidate(token);
                true
            }
        }
    }

    /// What to do where its tokens are refused by the workspace of `http`, for what `who` says.
    pub(crate) fn advice(&self, who: &Who, http: &Http) -> String {
        match self {
            AccessTokens::Given(token) => {
                given::advice(token, who, http.host(), http.labels(), Now::read().wall)
            }
            AccessTokens::ClientCredentials(_) => {
                client_credentials::advice_on_token(who, http.labels())
            }
        }
    }
}

/// What `identity` is called.
pub(crate) fn kind(identity: &Identity) -> &'static str {
    match identity {
        Identity::GivenToken(_) => given::KIND,
        Identity::ClientCredentials { .. } => client_credentials::KIND,
    }
}

/// What no error may repeat of an answer to `identity`.
pub(crate) fn secrets(identity: &Identity) -> Vec<Secret> {
    match identity {
        Identity::GivenToken(token) => given::secrets(token),
        Identity::ClientCredentials { client_id, client_secret } => {
            client_credentials::secrets(client_id, client_secret)
        }
    }
}
