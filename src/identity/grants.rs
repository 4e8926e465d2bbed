//! Asking a token endpoint: wherever it is, for all scopes or the one that is needed.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use super::scopes::{ALL_SCOPES, LAKEBASE_SCOPE};
use super::token_endpoint::{self, OF_A_WORKSPACE};
use crate::cache::lease::Grant;
use crate::error::Error;
use crate::http::{Failure, Http, Refused, Who};
use crate::secret::AccessToken;
use crate::trip::Trip;

/// One way to ask for a token.
pub(super) trait Asks: Sync {
    /// Asks at `path` for one of that `scope`.
    fn ask(
        &self,
        scope: &str,
        path: &str,
        trip: &Trip,
    ) -> impl Future<Output = Result<Grant<AccessToken>, Failure>> + Send;
}

/// The scopes that are asked for.
#[derive(Debug)]
pub(super) struct Scopes {
    /// In the form of RFC 6749 §3.3.
    wanted: String,
    /// Whether there was found to be [`LAKEBASE_SCOPE`] alone.
    is_limited: AtomicBool,
}

impl Scopes {
    /// These; without any, all.
    pub(super) fn new(wanted: Option<String>) -> Scopes {
        let wanted = wanted.unwrap_or_else(|| ALL_SCOPES.to_owned());
        Scopes { wanted, is_limited: AtomicBool::new(false) }
    }

    /// A token for whoever `asks` the host of `http`, from the token endpoint of a workspace or, where that is not
    /// there, from the one that the host has.
    ///
    /// # Errors
    ///
    /// Those of asking for it.
    pub(super) async fn obtain(
        &self,
        http: &Http,
        asks: &impl Asks,
        trip: &Trip,
    ) -> Result<Grant<AccessToken>, Error> {
        let host = http.host();
        let told = token_endpoint::told(host);
        let refused = match self.ask(asks, told.as_deref().unwrap_or(OF_A_WORKSPACE), trip).await {
            Err(failure) if failure.refused.as_ref().is_some_and(Refused::is_elsewhere) => failure,
            outcome => return Ok(outcome?),
        };
        if told.is_some() {
            token_endpoint::forget(host);
            return Err(refused.error);
        }
        match token_endpoint::discover(http, trip).await {
            Ok(Some(path)) => Ok(self.ask(asks, &path, trip).await?),
            Err(failure) if failure.error.is_retryable() => Err(failure.error),
            // What was said first is about what somebody has set.
            Ok(None) | Err(_) => Err(refused.error),
        }
    }

    /// Asks for a token of every scope or, if there is only that one, of Lakebase's own.
    async fn ask(
        &self,
        asks: &impl Asks,
        path: &str,
        trip: &Trip,
    ) -> Result<Grant<AccessToken>, Failure> {
        let is_limited = self.is_limited.load(Ordering::Relaxed);
        let scope = if is_limited { LAKEBASE_SCOPE } else { &self.wanted };
        let failure = match asks.ask(scope, path, trip).await {
            Err(failure) if matches!(failure.refused, Some(Refused::Who(Who::Scopes(_)))) => {
                failure
            }
            outcome => return outcome,
        };
        if scope == LAKEBASE_SCOPE {
            self.is_limited.store(false, Ordering::Relaxed);
            return Err(failure);
        }
        let granted = asks.ask(LAKEBASE_SCOPE, path, trip).await?;
        self.is_limited.store(true, Ordering::Relaxed);
        Ok(granted)
    }
}
