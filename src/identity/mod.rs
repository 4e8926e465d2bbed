//! Who asks, one file for each way to an access token. Which one it is, [`crate::config`] has chosen.

mod claims;
pub(crate) mod client_credentials;
mod databricks_cli;
mod federation;
mod github;
mod given;
mod grants;
mod id_tokens;
mod logins;
mod oauth;
pub(crate) mod of_callers;
mod renewal;
pub(crate) mod runners;
mod scopes;
pub(crate) mod token_endpoint;
mod under_way;

use std::sync::Arc;
use std::time::Duration;

use crate::cache::TokenCache;
use crate::config::Identity;
use crate::config::id_token::IdTokenSource;
use crate::config::labels::IdentityLabels;
use crate::error::Error;
use crate::event::Event;
use crate::http::{Http, Who};
use crate::secret::{AccessToken, Secret};
use crate::time::Now;
use crate::trip::Trip;
use client_credentials::ClientCredentials;
use federation::Federation;
use id_tokens::IdTokens;
use of_callers::{OfCallers, Question};
use renewal::Renewal;
use runners::Runner;

/// Where the access tokens of one identity come from.
#[derive(Debug)]
pub(crate) enum AccessTokens {
    /// It is given, and there is no other.
    Given(AccessToken),
    /// There is ever another.
    Renewed(Arc<TokenCache<Renewal>>),
    /// There is another as long as there are callers.
    OfCallers(OfCallers),
}

impl AccessTokens {
    /// Those of `identity`, asked for by `http` where they have to be.
    pub(crate) fn new(identity: Identity, http: Arc<Http>) -> AccessTokens {
        let renewal = match identity {
            Identity::GivenToken(token) => return AccessTokens::Given(token),
            Identity::ClientCredentials { client_id, client_secret, scopes } => {
                let source = ClientCredentials::new(http, &client_id, &client_secret, scopes);
                Renewal::ClientCredentials(source)
            }
            Identity::Federation { client_id, audience, scopes, .. } => {
                let id_tokens = IdTokens::new(http.clone(), audience);
                Renewal::Federation(Federation::new(http, client_id, scopes), id_tokens)
            }
            Identity::IdTokensOfCallers { client_id, audience, .. } => {
                let tokens = OfCallers::id_tokens(http, client_id, audience);
                return AccessTokens::OfCallers(tokens);
            }
            Identity::AccessTokensOfCallers { .. } => {
                return AccessTokens::OfCallers(OfCallers::access_tokens(http));
            }
            Identity::DatabricksCli(login) => {
                return AccessTokens::Renewed(logins::cache(login, http));
            }
        };
        AccessTokens::Renewed(TokenCache::unpaced(renewal))
    }

    /// `runner` runs what it takes to obtain them, if it takes something.
    pub(crate) fn offer(&self, runner: impl FnOnce() -> Runner) {
        match self {
            AccessTokens::Given(_) | AccessTokens::OfCallers(_) => {}
            AccessTokens::Renewed(cache) => cache.source().offer(runner),
        }
    }

    /// What callers are asked for, if it takes them.
    pub(crate) fn question(&self) -> Option<Question> {
        match self {
            AccessTokens::Given(_) | AccessTokens::Renewed(_) => None,
            AccessTokens::OfCallers(tokens) => Some(tokens.question()),
        }
    }

    /// ID tokens come from there, if it takes any.
    pub(crate) fn supply(&self, source: IdTokenSource) {
        match self {
            AccessTokens::Given(_) | AccessTokens::OfCallers(_) => {}
            AccessTokens::Renewed(cache) => cache.source().supply(source),
        }
    }

    /// Nothing that was supplied is kept.
    pub(crate) fn wipe(&self) {
        match self {
            AccessTokens::Given(_) | AccessTokens::OfCallers(_) => {}
            AccessTokens::Renewed(cache) => cache.source().wipe(),
        }
    }

    /// One to use, and the trip to go on with. Reports what happens on the way, and when it expires if
    /// that is known.
    ///
    /// # Errors
    ///
    /// Those of asking for it.
    pub(crate) async fn obtain(&self, trip: &Trip) -> Result<(AccessToken, Trip), Error> {
        match self {
            AccessTokens::Given(token) => Ok((token.clone(), trip.clone())),
            AccessTokens::Renewed(cache) => {
                let lease = cache.lease(&cache.source().there(trip), Duration::ZERO).await?;
                trip.reports.tell(Event::Authorized { until: lease.expires_at() });
                Ok((lease.token().clone(), cache.source().back(trip)))
            }
            AccessTokens::OfCallers(tokens) => tokens.obtain(trip).await,
        }
    }

    /// The workspace has refused `token`: exactly that one is not used any more. Whether there may
    /// be another.
    pub(crate) fn reject(&self, token: &AccessToken) -> bool {
        match self {
            AccessTokens::Given(_) => false,
            AccessTokens::Renewed(cache) => {
                cache.invalidate(token);
                true
            }
            AccessTokens::OfCallers(tokens) => {
                tokens.reject(token);
                true
            }
        }
    }

    /// What to do for a caller whose patience has ended, if it is not the workspace that takes so long.
    pub(crate) fn advice_when_slow(&self) -> Option<String> {
        match self {
            AccessTokens::Given(_) => None,
            AccessTokens::Renewed(cache) => cache.source().advice_when_slow(),
            AccessTokens::OfCallers(tokens) => tokens.advice_when_asking(),
        }
    }

    /// What to do where its tokens are refused by the workspace of `http`, for what `who` says.
    pub(crate) fn advice(&self, who: &Who, http: &Http) -> String {
        match self {
            AccessTokens::Given(token) => {
                given::advice(token, who, http.host(), http.labels(), Now::read().wall)
            }
            AccessTokens::Renewed(cache) => cache.source().advice(who, http),
            AccessTokens::OfCallers(tokens) => tokens.advice(who),
        }
    }
}

/// Which identity is in use, without any of its values.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// The way to an access token, such as "client-credentials".
    pub kind: &'static str,
    /// Where it was set, such as "DATABRICKS_TOKEN".
    pub from: String,
}

impl Named {
    pub(crate) fn of(identity: &Identity, labels: &IdentityLabels) -> Named {
        Named { kind: kind(identity), from: labels.name.to_string() }
    }
}

/// What `identity` is called.
pub(crate) fn kind(identity: &Identity) -> &'static str {
    match identity {
        Identity::GivenToken(_) => given::KIND,
        Identity::ClientCredentials { .. } => client_credentials::KIND,
        Identity::Federation { .. } | Identity::IdTokensOfCallers { .. } => federation::KIND,
        Identity::AccessTokensOfCallers { .. } => of_callers::KIND,
        Identity::DatabricksCli(_) => databricks_cli::KIND,
    }
}

/// What no error may repeat of an answer to `identity`.
pub(crate) fn secrets(identity: &Identity) -> Vec<Secret> {
    match identity {
        Identity::GivenToken(token) => given::secrets(token),
        Identity::ClientCredentials { client_id, client_secret, .. } => {
            client_credentials::secrets(client_id, client_secret)
        }
        // Nobody knows them yet; each request hides the one that it carries.
        Identity::Federation { .. }
        | Identity::IdTokensOfCallers { .. }
        | Identity::AccessTokensOfCallers { .. }
        | Identity::DatabricksCli(_) => Vec::new(),
    }
}
