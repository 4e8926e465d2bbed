//! A Postgres token for an access token:
//! <https://docs.databricks.com/api/workspace/postgres/generatedatabasecredential>.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::client_credentials::{ClientCredentials, basic};
use super::{authorization, check_token, grant_until, json, secret};
use crate::cache::lease::Grant;
use crate::cache::{Source, TokenCache};
use crate::config::settings::Labels;
use crate::config::{Config, Identity};
use crate::error::{Error, ErrorCode};
use crate::http::{Http, Post};
use crate::secret::{AccessToken, PostgresToken, Secret};
use crate::time::{Now, TimeLimit};

/// The Postgres tokens of one endpoint.
#[derive(Debug)]
pub struct PostgresTokens {
    /// Shared with the source of access tokens: one connection serves both requests.
    http: Arc<Http>,
    endpoint: String,
    access_tokens: AccessTokens,
}

/// Where the access token comes from.
#[derive(Debug)]
enum AccessTokens {
    Given(AccessToken),
    ClientCredentials(Arc<TokenCache<ClientCredentials>>),
}

impl PostgresTokens {
    /// Whatever `config` says.
    pub fn new(config: Config, labels: Labels) -> PostgresTokens {
        let labels = Arc::new(labels);
        let Config { host, endpoint, identity, network } = config;
        let (http, access_tokens) = match identity {
            Identity::GivenToken(token) => {
                let http = Arc::new(Http::new(host, network, labels, vec![token.0.clone()]));
                (http, AccessTokens::Given(token))
            }
            Identity::ClientCredentials { client_id, client_secret } => {
                let basic = basic(&client_id, &client_secret);
                let hidden = vec![client_secret, basic.clone()];
                let http = Arc::new(Http::new(host, network, labels, hidden));
                let source = TokenCache::unpaced(ClientCredentials::new(http.clone(), basic));
                (http, AccessTokens::ClientCredentials(source))
            }
        };
        PostgresTokens { http, endpoint, access_tokens }
    }

    /// When the access token in use expires: `None` for a given token, which does not tell, and
    /// while none has been granted.
    pub fn access_token_expiry(&self, now: Now) -> Option<SystemTime> {
        match &self.access_tokens {
            AccessTokens::Given(_) => None,
            AccessTokens::ClientCredentials(cache) => {
                cache.usable(now).map(|lease| lease.expires_at())
            }
        }
    }

    async fn exchange(
        &self,
        access_token: &AccessToken,
        budget: TimeLimit,
        on_failure: &(impl Fn(&Error) + Send + Sync),
    ) -> Result<Grant<PostgresToken>, Error> {
        let bearer = access_token.0.expose();
        let post = Post {
            path: CREDENTIALS_PATH,
            authorization: authorization("Bearer", bearer)?,
            content_type: "application/json",
            body: serde_json::json!({ "endpoint": self.endpoint }).to_string(),
            secret: bearer,
        };
        let answer = self.http.send(&post, budget, on_failure).await?;
        let credential: CredentialAnswer = json(&self.http, &answer)?;
        check_token(credential.token.expose())
            .map_err(|problem| self.http.unusable(&format!("issued a Postgres token {problem}")))?;
        let expiry = credential.expire_time.parse::<jiff::Timestamp>().map_err(|_| {
            self.http.unusable("issued a Postgres token without a readable expire_time")
        })?;
        let token = PostgresToken(credential.token);
        grant_until(token, SystemTime::from(expiry), LONGEST_LIFETIME, &answer)
            .ok_or_else(|| self.http.unusable("issued a Postgres token that is already expired"))
    }

    fn explain(&self, error: Error) -> Error {
        let Labels { host, endpoint, identity, .. } = self.http.labels();
        match error.code {
            ErrorCode::Unauthenticated => match self.access_tokens {
                AccessTokens::Given(_) => error.advise(format!(
                    "Renew {}: a token of the Databricks CLI lives for an hour.",
                    identity.proof
                )),
                AccessTokens::ClientCredentials(_) => error.advise(format!(
                    "Check that the service principal of {} still belongs to the workspace.",
                    identity.name
                )),
            },
            ErrorCode::Forbidden => error.advise(format!(
                "Grant the identity CAN USE on the Lakebase project of {}.",
                self.endpoint
            )),
            ErrorCode::NotFound => error.advise(format!(
                "Check {endpoint} ({}) and that {host} is its workspace.",
                self.endpoint
            )),
            ErrorCode::ConfigMissing
            | ErrorCode::ConfigInvalid
            | ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::Timeout
            | ErrorCode::Protocol
            | ErrorCode::Interrupted => error,
        }
    }
}

impl Source for PostgresTokens {
    type Token = PostgresToken;

    fn advice_when_late(&self) -> String {
        self.http.advice_when_late()
    }

    async fn fetch(
        &self,
        budget: TimeLimit,
        on_failure: &(impl Fn(&Error) + Send + Sync),
    ) -> Result<Grant<PostgresToken>, Error> {
        let access_tokens = match &self.access_tokens {
            AccessTokens::Given(token) => {
                let outcome = self.exchange(token, budget, on_failure).await;
                return outcome.map_err(|error| self.explain(error));
            }
            AccessTokens::ClientCredentials(cache) => cache,
        };
        let lease = access_tokens.lease(budget, Duration::ZERO, on_failure).await?;
        let outcome = match self.exchange(lease.token(), budget, on_failure).await {
            // The workspace no longer knows a token that this process believes in: drop exactly
            // that one, and try once more with another.
            Err(error) if error.code == ErrorCode::Unauthenticated => {
                access_tokens.invalidate(lease.token());
                let another = access_tokens.lease(budget, Duration::ZERO, on_failure).await?;
                self.exchange(another.token(), budget, on_failure).await
            }
            outcome => outcome,
        };
        outcome.map_err(|error| self.explain(error))
    }
}

/// The answer of the credentials call.
#[derive(Deserialize)]
struct CredentialAnswer {
    #[serde(deserialize_with = "secret")]
    token: Secret,
    /// RFC 3339.
    expire_time: String,
}

/// The longest life of a Postgres token (`ttl` in the API's documentation).
const LONGEST_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The path of the credentials call.
const CREDENTIALS_PATH: &str = "/api/2.0/postgres/credentials";
