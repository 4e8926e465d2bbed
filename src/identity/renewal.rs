//! The ways to access tokens that expire and are replaced: one kind of cache holds them all.

use super::client_credentials::{self, ClientCredentials};
use super::databricks_cli::CliTokens;
use super::federation::Federation;
use super::id_tokens::IdTokens;
use super::runners::Runner;
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::id_token::IdTokenSource;
use crate::error::Error;
use crate::http::{Http, Who};
use crate::secret::AccessToken;
use crate::time::Now;
use crate::trip::Trip;

/// One of them.
#[derive(Debug)]
pub(crate) enum Renewal {
    /// They are granted to a service principal.
    ClientCredentials(ClientCredentials),
    /// They are granted for ID tokens of others.
    Federation(Federation, IdTokens),
    /// The Databricks CLI has them.
    DatabricksCli(CliTokens),
}

impl Renewal {
    /// The trip on which one is obtained by whoever is on `trip`.
    pub(super) fn there(&self, trip: &Trip) -> Trip {
        match self {
            Renewal::ClientCredentials(_) | Renewal::Federation(..) => trip.clone(),
            Renewal::DatabricksCli(tokens) => tokens.there(trip),
        }
    }

    /// The trip to go on with once there is one.
    pub(super) fn back(&self, trip: &Trip) -> Trip {
        match self {
            Renewal::ClientCredentials(_) | Renewal::Federation(..) => trip.clone(),
            // What the CLI took was not the workspace's time.
            Renewal::DatabricksCli(_) => trip.begun_anew(Now::read()),
        }
    }

    pub(super) fn offer(&self, runner: impl FnOnce() -> Runner) {
        match self {
            Renewal::ClientCredentials(_) | Renewal::Federation(..) => {}
            Renewal::DatabricksCli(tokens) => tokens.offer(&runner()),
        }
    }

    /// ID tokens come from there, if it takes any.
    pub(super) fn supply(&self, source: IdTokenSource) {
        match self {
            Renewal::ClientCredentials(_) | Renewal::DatabricksCli(_) => {}
            Renewal::Federation(_, id_tokens) => id_tokens.supply(source),
        }
    }

    /// Nothing that was supplied is kept.
    pub(super) fn wipe(&self) {
        match self {
            Renewal::ClientCredentials(_) | Renewal::DatabricksCli(_) => {}
            Renewal::Federation(_, id_tokens) => id_tokens.wipe(),
        }
    }

    /// What to do for a caller whose patience has ended, if it is not the workspace that takes so long.
    pub(super) fn advice_when_slow(&self) -> Option<String> {
        match self {
            Renewal::ClientCredentials(_) => None,
            Renewal::Federation(_, id_tokens) => id_tokens.advice_when_asking(),
            Renewal::DatabricksCli(tokens) => tokens.advice_when_running(),
        }
    }

    /// What to do where its tokens are refused, for what `who` says.
    pub(super) fn advice(&self, who: &Who, http: &Http) -> String {
        match self {
            Renewal::ClientCredentials(_) => {
                client_credentials::advice_on_token(who, http.labels())
            }
            Renewal::Federation(source, _) => source.advice(who),
            Renewal::DatabricksCli(tokens) => tokens.advice(who),
        }
    }
}

impl Source for Renewal {
    type Token = AccessToken;

    fn advice_when_late(&self) -> String {
        match self {
            Renewal::ClientCredentials(source) => source.advice_when_late(),
            Renewal::Federation(source, _) => source.advice_when_late(),
            Renewal::DatabricksCli(source) => source.advice_when_late(),
        }
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<AccessToken>, Error> {
        match self {
            Renewal::ClientCredentials(source) => source.fetch(trip).await,
            Renewal::Federation(source, id_tokens) => {
                source.exchange(id_tokens.obtain(trip).await?, trip).await
            }
            Renewal::DatabricksCli(source) => source.fetch(trip).await,
        }
    }
}
