//! An access token for a service principal: the OAuth client credentials grant (RFC 6749 §4.4),
//! <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m>.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::oauth::granted;
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::labels::Labels;
use crate::error::{Error, ErrorCode};
use crate::http::{Http, Post};
use crate::secret::{AccessToken, Secret};
use crate::trip::Trip;
use crate::wire::authorization;

/// The access tokens of one service principal.
#[derive(Debug)]
pub(crate) struct ClientCredentials {
    http: Arc<Http>,
    basic: Secret,
}

impl ClientCredentials {
    /// Those of the service principal `client_id`.
    pub(crate) fn new(
        http: Arc<Http>,
        client_id: &str,
        client_secret: &Secret,
    ) -> ClientCredentials {
        ClientCredentials { http, basic: basic(client_id, client_secret) }
    }

    fn advice_when_denied(&self) -> String {
        let identity = &self.http.labels().identity;
        format!("Check {} and {}.", identity.name, identity.proof)
    }
}

/// What no error may repeat of an answer.
pub(crate) fn secrets(client_id: &str, client_secret: &Secret) -> Vec<Secret> {
    vec![client_secret.clone(), basic(client_id, client_secret)]
}

/// What to do where its token is refused, which the workspace has granted.
pub(crate) fn advice_when_refused(labels: &Labels) -> String {
    let id = &labels.identity.name;
    format!("Check that the service principal of {id} still belongs to the workspace.")
}

impl Source for ClientCredentials {
    type Token = AccessToken;

    fn advice_when_late(&self) -> String {
        self.http.advice_when_late()
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<AccessToken>, Error> {
        let post = Post {
            path: TOKEN_PATH,
            authorization: authorization("Basic", self.basic.expose())?,
            content_type: "application/x-www-form-urlencoded",
            body: "grant_type=client_credentials&scope=all-apis".to_owned(),
            secret: self.basic.expose(),
        };
        let answer = self.http.send(&post, trip).await.map_err(|error| {
            if error.code == ErrorCode::Unauthenticated {
                error.advise(self.advice_when_denied())
            } else {
                error
            }
        })?;
        granted(&answer).map_err(|why| self.http.unusable(&post, &answer, why))
    }
}

/// The credentials of HTTP Basic, each form-url-encoded before base64 (RFC 6749 §2.3.1).
fn basic(client_id: &str, client_secret: &Secret) -> Secret {
    let form = |text| byte_serialize(str::as_bytes(text));
    // Of its size from the start: what grows leaves its old memory behind.
    let longest = 3 * (client_id.len() + client_secret.expose().len()) + 1;
    let mut credentials = Zeroizing::new(String::with_capacity(longest));
    credentials.extend(form(client_id).chain([":"]).chain(form(client_secret.expose())));
    Secret::new(BASE64.encode(&*credentials))
}

/// The name of this way to an access token.
pub(crate) const KIND: &str = "client-credentials";

/// The token endpoint of a workspace.
const TOKEN_PATH: &str = "/oidc/v1/token";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_are_form_url_encoded_before_base64() {
        let secret = Secret::new("a+b/c d:%".to_owned());
        let decoded = BASE64.decode(basic("client:1", &secret).expose()).expect("base64");
        assert_eq!(decoded, b"client%3A1:a%2Bb%2Fc+d%3A%25");
    }
}
