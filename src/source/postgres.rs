//! A Postgres token for an access token:
//! <https://docs.databricks.com/api/workspace/postgres/generatedatabasecredential>.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::shared::{self, Consulted, Shared};
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::id_token::IdTokenSource;
use crate::config::labels::Labels;
use crate::config::{Config, LIST_ENDPOINTS};
use crate::error::{Error, ErrorCode};
use crate::event::Wanted;
use crate::http::{Answer, Body, Http, Refused, Request, Unusable, What};
use crate::identity::of_callers::Question;
use crate::identity::runners::Runner;
use crate::identity::{self, AccessTokens};
use crate::secret::{AccessToken, PostgresToken, Secret};
pub(crate) use crate::store::Counts;
use crate::time::wall;
use crate::trip::Trip;
use crate::wire::{authorization, check_token, grant_until, json, secret};

/// The Postgres tokens of one endpoint.
#[derive(Debug)]
pub(crate) struct PostgresTokens {
    /// Shared with the source of access tokens: one connection serves both requests.
    pub(super) http: Arc<Http>,
    pub(super) workspace_id: Option<String>,
    pub(super) endpoint: String,
    /// What is asked of the service.
    asked: Value,
    identity: identity::Named,
    pub(super) access_tokens: AccessTokens,
    /// Where other processes find them.
    shared: Option<Shared>,
}

impl PostgresTokens {
    /// Builds the source that `config` describes.
    pub(crate) fn new(config: Config, labels: Labels) -> PostgresTokens {
        let (asked, shared) = (asked(&config), Shared::of(&config, &labels));
        let Config { host, workspace_id, endpoint, identity, network, .. } = config;
        let secrets = identity::secrets(&identity);
        let named = identity::Named::of(&identity, &labels.identity);
        let http = Arc::new(Http::new(host, network, Arc::new(labels), secrets));
        let access_tokens = AccessTokens::new(identity, http.clone());
        PostgresTokens {
            http,
            workspace_id,
            endpoint,
            asked,
            identity: named,
            access_tokens,
            shared,
        }
    }

    /// The workspace that issues them, as its name says it.
    pub(crate) fn workspace(&self) -> &str {
        self.http.host().name()
    }

    /// The endpoint that they are for.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Who asks for them.
    pub(crate) fn identity(&self) -> &identity::Named {
        &self.identity
    }

    /// Where they are shared, if they are.
    pub(crate) fn shared(&self) -> Option<&Shared> {
        self.shared.as_ref()
    }

    /// ID tokens come from there, if it takes any.
    pub(crate) fn supply(&self, source: IdTokenSource) {
        self.access_tokens.supply(source);
    }

    /// What callers are asked for, if it takes them.
    pub(crate) fn question(&self) -> Option<Question> {
        self.access_tokens.question()
    }

    /// `runner` runs what it takes to obtain an access token, if it takes something.
    pub(crate) fn offer(&self, runner: impl FnOnce() -> Runner) {
        self.access_tokens.offer(runner);
    }

    async fn exchange(
        &self,
        access_token: &AccessToken,
        trip: &Trip,
    ) -> Result<Grant<PostgresToken>, Error> {
        let bearer = access_token.0.expose();
        let request = Request {
            wanted: Wanted::PostgresToken,
            path: CREDENTIALS_PATH,
            authorization: Some(authorization("Bearer", bearer)?),
            workspace_id: self.workspace_id.as_deref(),
            body: Some(Body {
                content_type: "application/json",
                text: Secret::new(self.asked.to_string()),
            }),
            secret: bearer,
            advise: &|refused| self.advice(refused),
        };
        let answer = self.http.send(&request, trip).await?;
        issued(&answer).map_err(|why| self.http.unusable(&request, &answer, why).into())
    }

    pub(super) fn advice(&self, refused: &Refused) -> Option<String> {
        match refused {
            Refused::Who(who) => Some(self.access_tokens.advice(who, &self.http)),
            Refused::What(what) => Some(self.advice_on_endpoint(*what)),
            Refused::Here(_) => None,
        }
    }

    fn advice_on_endpoint(&self, what: What) -> String {
        let Labels { host, endpoint: label, .. } = self.http.labels();
        let endpoint = &self.endpoint;
        match what {
            What::Permission => {
                format!("Grant the identity CAN USE on the Lakebase project of {endpoint}.")
            }
            What::Quota => format!(
                "Have the quota of the workspace raised, or let fewer processes ask for tokens of \
                 {endpoint}."
            ),
            What::Missing => {
                format!("Check {label} ({endpoint}) and that {host} is its workspace.")
            }
            What::Api => format!(
                "Check that {host} is the workspace of {label}, in a region that has Lakebase."
            ),
            What::Feature => format!(
                "Have an admin of the workspace enable Lakebase, and check that {host} is the \
                 workspace of {label}."
            ),
            What::DisabledEndpoint => {
                format!("Enable the endpoint {endpoint}, or set {label} to another.")
            }
            What::Request => format!(
                "Check {label} ({endpoint}): `{LIST_ENDPOINTS}` prints those that there are."
            ),
            What::Change => {
                format!("Try again in a moment; if it lasts, check {label} ({endpoint}).")
            }
        }
    }
}

/// The body of the credentials call.
fn asked(config: &Config) -> Value {
    let mut asked = serde_json::json!({ "endpoint": config.endpoint });
    if let Some(lifetime) = config.lifetime {
        // `google.protobuf.Duration`.
        asked["ttl"] = format!("{}s", lifetime.as_secs_f64()).into();
    }
    let claims = config.claims.as_deref();
    if let Some(claims) = claims.and_then(|claims| serde_json::from_str(claims).ok()) {
        asked["claims"] = claims;
    }
    asked
}

/// The Postgres token that `answer` issues.
fn issued(answer: &Answer) -> Result<Grant<PostgresToken>, Unusable> {
    let credential: CredentialAnswer = json(answer)?;
    let spoilt = |how: &str| Unusable::Spoilt(format!("issued a Postgres token {how}"));
    check_token(credential.token.expose()).map_err(spoilt)?;
    let expiry = credential.expire_time.as_ref().and_then(Value::as_str);
    let expiry = expiry.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let expiry = expiry.ok_or_else(|| spoilt("without a readable expire_time"))?;
    let token = PostgresToken(credential.token);
    grant_until(token, wall(expiry), LONGEST_LIFETIME, answer)
        .ok_or_else(|| spoilt("that is already expired"))
}

impl Source for PostgresTokens {
    type Token = PostgresToken;

    fn advice_when_late(&self) -> String {
        self.access_tokens.advice_when_slow().unwrap_or_else(|| self.http.advice_when_late())
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<PostgresToken>, Error> {
        let mut talk = None;
        if let Some(shared) = &self.shared {
            match shared.consult(trip.reason).await {
                Consulted::Found(grant) => return Ok(grant),
                Consulted::Later => return Err(shared::later()),
                Consulted::Mint(with) => talk = with,
            }
        }
        let outcome = self.obtain(trip).await;
        self.access_tokens.wipe();
        if let (Some(shared), Ok(grant)) = (&self.shared, &outcome) {
            shared.put(talk, grant);
        }
        outcome
    }
}

impl PostgresTokens {
    async fn obtain(&self, trip: &Trip) -> Result<Grant<PostgresToken>, Error> {
        let (token, trip) = &self.access_tokens.obtain(trip).await?;
        let outcome = self.exchange(token, trip).await;
        if !self.takes_another(token, &outcome) {
            return outcome;
        }
        let (another, trip) = &self.access_tokens.obtain(trip).await?;
        self.exchange(another, trip).await
    }

    /// Whether it is worth asking with another access token: the workspace may no longer know one that this process
    /// believes in.
    pub(super) fn takes_another<T>(&self, token: &AccessToken, outcome: &Result<T, Error>) -> bool {
        let is_refused =
            outcome.as_ref().is_err_and(|error| error.code == ErrorCode::Unauthenticated);
        is_refused && self.access_tokens.reject(token)
    }
}

/// The answer of the credentials call.
#[derive(Deserialize)]
struct CredentialAnswer {
    #[serde(deserialize_with = "secret")]
    token: Secret,
    /// RFC 3339.
    expire_time: Option<Value>,
}

/// The longest life of a Postgres token (`ttl` in the API's documentation).
const LONGEST_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The path of the credentials call.
const CREDENTIALS_PATH: &str = "/api/2.0/postgres/credentials";
