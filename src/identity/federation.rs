//! An access token for an ID token of somebody else: OAuth token exchange (RFC 8693),
//! <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-exchange>.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use form_urlencoded::Serializer;

use super::grants::{Asks, Scopes};
use super::oauth::granted;
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::id_token::{IdTokenClaims, IdTokenSource};
use crate::config::labels::{IdentityLabels, Labels};
use crate::config::text_file::{Unread, read_file};
use crate::error::{Error, ErrorCode};
use crate::http::{Body, Failure, Http, Refused, Request, Who};
use crate::secret::{AccessToken, Secret};
use crate::trip::Trip;
use crate::wire::check_token;

/// The access tokens of one service principal, or of whoever an account's policy takes.
#[derive(Debug)]
pub(crate) struct Federation {
    http: Arc<Http>,
    client_id: Option<String>,
    scopes: Scopes,
    /// Of the latest caller.
    source: Mutex<Option<IdTokenSource>>,
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
        let (scopes, source) = (Scopes::new(scopes), Mutex::new(None));
        Federation { http, client_id, scopes, source }
    }

    /// From now on ID tokens come from there.
    pub(super) fn supply(&self, source: IdTokenSource) {
        self.lock().replace(source);
    }

    /// Lets go of an ID token that was supplied: it is never kept.
    pub(super) fn wipe(&self) {
        let mut source = self.lock();
        if matches!(*source, Some(IdTokenSource::Text(_))) {
            source.take();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<IdTokenSource>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// An ID token, read anew.
    fn id_token(&self) -> Result<Secret, Error> {
        let label = &self.http.labels().identity.proof;
        let unavailable = |what: String| {
            let advice = format!("Check {label}, and whoever writes the ID token there.");
            let error = Error::new(ErrorCode::IdentityUnavailable, what, advice);
            Error { lasts: true, ..error }
        };
        let text = match self.lock().clone() {
            Some(IdTokenSource::Text(text)) => text,
            Some(IdTokenSource::File(path)) => {
                let text = read_file(&path).map_err(|unread| {
                    let why = match unread {
                        Unread::Missing => "is not there".to_owned(),
                        Unread::NoFile => "is no regular file".to_owned(),
                        Unread::TooLarge => "is larger than 1 MiB".to_owned(),
                        Unread::Failed(kind) => format!("cannot be read ({kind})"),
                    };
                    unavailable(format!("The file of {label} {why}"))
                })?;
                Secret::new(text.trim().to_owned())
            }
            None => return Err(unavailable("There is no ID token any more".to_owned())),
        };
        if text.expose().is_empty() {
            return Err(unavailable(format!("The ID token of {label} is empty")));
        }
        check_token(text.expose())
            .map_err(|how| unavailable(format!("The ID token of {label} is one {how}")))?;
        Ok(text)
    }
}

impl Source for Federation {
    type Token = AccessToken;

    fn advice_when_late(&self) -> String {
        self.http.advice_when_late()
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<AccessToken>, Error> {
        let exchange = Exchange { federation: self, id_token: self.id_token()? };
        self.scopes.obtain(&self.http, &exchange, trip).await
    }
}

impl Exchange<'_> {
    fn form(&self, scope: &str) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", TOKEN_EXCHANGE)
            .append_pair("subject_token_type", JWT)
            .append_pair("subject_token", self.id_token.expose())
            .append_pair("scope", scope);
        if let Some(client_id) = &self.federation.client_id {
            form.append_pair("client_id", client_id);
        }
        form.finish()
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

/// The name of this way to an access token.
pub(super) const KIND: &str = "federation";

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
