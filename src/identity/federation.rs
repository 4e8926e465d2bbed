//! An access token for an ID token of somebody else: OAuth token exchange (RFC 8693),
//! <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-exchange>.

use std::sync::Arc;

use form_urlencoded::Serializer;

use super::grants::{Asks, Scopes};
use super::oauth::granted;
use crate::cache::lease::Grant;
use crate::config::id_token::IdTokenClaims;
use crate::config::labels::{IdentityLabels, Labels};
use crate::error::Error;
use crate::event::Wanted;
use crate::http::{Body, Failure, Http, Refused, Request, Who};
use crate::secret::{AccessToken, Secret};
use crate::trip::Trip;

/// The access tokens of one service principal, or of whoever an account's policy takes.
#[derive(Debug)]
pub(crate) struct Federation {
    http: Arc<Http>,
    client_id: Option<String>,
    scopes: Scopes,
}

/// One exchange.
struct Exchange<'a> {
    federation: &'a Federation,
    id_token: Secret,
}

impl Federation {
    pub(super) fn new(
        http: Arc<Http>,
        client_id: Option<String>,
        scopes: Option<String>,
    ) -> Federation {
        Federation { http, client_id, scopes: Scopes::new(scopes) }
    }

    /// An access token for `id_token`, which is not kept.
    pub(super) async fn exchange(
        &self,
        id_token: Secret,
        trip: &Trip,
    ) -> Result<Grant<AccessToken>, Error> {
        let exchange = Exchange { federation: self, id_token };
        self.scopes.obtain(&self.http, &exchange, trip).await
    }

    /// What to do where its token is refused, which the workspace has granted.
    pub(super) fn advice(&self, who: &Who) -> String {
        let IdentityLabels { name, .. } = &self.http.labels().identity;
        match who {
            Who::Identity | Who::Entra | Who::PersonalTokens => {
                format!("Check that the service principal of {name} belongs to the workspace.")
            }
            Who::Scopes(_) => "Give the service principal the scope postgres.".to_owned(),
        }
    }

    pub(super) fn advice_when_late(&self) -> String {
        self.http.advice_when_late()
    }
}

impl Exchange<'_> {
    fn form(&self, scope: &str) -> Secret {
        // Of its size from the start: what grows leaves its old memory behind.
        let room = self.id_token.expose().len() + ROOM_BESIDES;
        let mut form = Serializer::new(String::with_capacity(room));
        form.append_pair("grant_type", TOKEN_EXCHANGE)
            .append_pair("subject_token_type", JWT)
            .append_pair("subject_token", self.id_token.expose())
            .append_pair("scope", scope);
        if let Some(client_id) = &self.federation.client_id {
            form.append_pair("client_id", client_id);
        }
        Secret::new(form.finish())
    }

    /// What to do where the ID token is refused.
    fn advice_on_id_token(&self) -> String {
        let Labels { identity: IdentityLabels { name, proof, .. }, .. } =
            self.federation.http.labels();
        let Some(claims) = IdTokenClaims::of(self.id_token.expose()) else {
            return format!("Check {proof}: it holds no JSON Web Token.");
        };
        let IdTokenClaims { issuer, subject, audience } = claims;
        let policy = serde_json::json!({
            "oidc_policy": { "issuer": issuer, "audiences": [audience], "subject": subject }
        });
        format!(
            "Check that {name} has a federation policy for the issuer \"{issuer}\", the subject \
             \"{subject}\" and the audience \"{audience}\" of {proof}, and that the ID token has not \
             expired: `databricks account service-principal-federation-policy create <numeric id of \
             the service principal> --json '{policy}'` makes one."
        )
    }
}

impl Asks for Exchange<'_> {
    async fn ask(
        &self,
        scope: &str,
        path: &str,
        trip: &Trip,
    ) -> Result<Grant<AccessToken>, Failure> {
        let http = &self.federation.http;
        let form = self.form(scope);
        let request = Request {
            wanted: Wanted::AccessToken,
            path,
            authorization: None,
            workspace_id: None,
            body: Some(Body { content_type: "application/x-www-form-urlencoded", text: form }),
            secret: self.id_token.expose(),
            advise: &|refused| match refused {
                Refused::Who(Who::Scopes(_)) => None,
                Refused::Who(_) | Refused::What(_) => Some(self.advice_on_id_token()),
                Refused::Here(_) => None,
            },
        };
        let answer = http.send(&request, trip).await?;
        granted(&answer).map_err(|why| http.unusable(&request, &answer, why))
    }
}

/// Whom ID tokens are asked for where nobody says it: the SDKs ask for the token endpoint too.
pub(super) fn default_audience(http: &Http) -> String {
    format!("{}/oidc/v1/token", http.host().as_str())
}

/// The name of this way to an access token.
pub(super) const KIND: &str = "federation";

/// For the rest of the form.
const ROOM_BESIDES: usize = 4096;

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
