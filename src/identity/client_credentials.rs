//! An access token for a service principal: the OAuth client credentials grant (RFC 6749 §4.4),
//! <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m>.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::grants::{Asks, Scopes};
use super::oauth::granted;
use super::scopes::{ALL_SCOPES, with_scopes};
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::Host;
use crate::config::elsewhere::is_azure;
use crate::config::excess::excess;
use crate::config::labels::{IdentityLabels, Labels};
use crate::error::Error;
use crate::event::Wanted;
use crate::http::{Body, Failure, Http, Refused, Request, Who};
use crate::secret::{AccessToken, Secret};
use crate::trip::Trip;
use crate::wire::authorization;

/// The access tokens of one service principal.
#[derive(Debug)]
pub(crate) struct ClientCredentials {
    http: Arc<Http>,
    basic: Secret,
    excess: Excess,
    scopes: Scopes,
}

/// What of the id and of the secret does not seem to belong to it.
#[derive(Clone, Copy, Debug, Default)]
struct Excess {
    id: Option<&'static str>,
    secret: Option<&'static str>,
}

impl ClientCredentials {
    /// Those of the service principal `client_id`.
    pub(crate) fn new(
        http: Arc<Http>,
        client_id: &str,
        client_secret: &Secret,
        scopes: Option<String>,
    ) -> ClientCredentials {
        ClientCredentials {
            http,
            basic: basic(client_id, client_secret),
            excess: Excess { id: excess(client_id), secret: excess(client_secret.expose()) },
            scopes: Scopes::new(scopes),
        }
    }
}

/// What no error may repeat of an answer.
pub(crate) fn secrets(client_id: &str, client_secret: &Secret) -> Vec<Secret> {
    vec![client_secret.clone(), basic(client_id, client_secret)]
}

/// What to do where the client itself is refused, by the token endpoint of `host`.
fn advice_on_client(who: &Who, excess: Excess, host: &Host, labels: &Labels) -> Option<String> {
    let IdentityLabels { name, proof, .. } = &labels.identity;
    let is_entra = *who == Who::Entra || is_azure(host.name());
    match (who, excess) {
        (Who::Identity | Who::Entra, Excess { secret: Some(excess), .. }) => {
            Some(format!("Set {proof} again: it {excess}."))
        }
        (Who::Identity | Who::Entra, Excess { id: Some(excess), .. }) => {
            Some(format!("Set {name} again: it {excess}."))
        }
        (Who::Identity | Who::Entra, _) if is_entra => Some(format!(
            "Check {name} and {proof}: an OAuth secret of Databricks {EXPIRES}, and one of Entra ID \
             does not work here."
        )),
        (Who::Identity | Who::Entra, _) => {
            Some(format!("Check {name} and {proof}: an OAuth secret {EXPIRES}."))
        }
        (Who::Scopes(names), _) => Some(format!(
            "Set {proof} to another OAuth secret of the service principal, {}.",
            with_scopes(if names.is_empty() { ALL_SCOPES } else { names })
        )),
        (Who::PersonalTokens, _) => None,
    }
}

/// What to do where its token is refused, which the workspace has granted.
pub(super) fn advice_on_token(who: &Who, labels: &Labels) -> String {
    let IdentityLabels { name, proof, .. } = &labels.identity;
    match who {
        Who::Identity | Who::Entra | Who::PersonalTokens => {
            format!("Check that the service principal of {name} still belongs to the workspace.")
        }
        Who::Scopes(names) => {
            format!(
                "Set {proof} to an OAuth secret of the service principal {}.",
                with_scopes(names)
            )
        }
    }
}

impl Source for ClientCredentials {
    type Token = AccessToken;

    fn advice_when_late(&self) -> String {
        self.http.advice_when_late()
    }

    async fn fetch(&self, trip: &Trip) -> Result<Grant<AccessToken>, Error> {
        self.scopes.obtain(&self.http, self, trip).await
    }
}

impl Asks for ClientCredentials {
    async fn ask(
        &self,
        scope: &str,
        path: &str,
        trip: &Trip,
    ) -> Result<Grant<AccessToken>, Failure> {
        let scope: String = byte_serialize(scope.as_bytes()).collect();
        let authorization = authorization("Basic", self.basic.expose());
        let request = Request {
            wanted: Wanted::AccessToken,
            path,
            authorization: Some(authorization.map_err(Failure::of_request)?),
            workspace_id: None,
            body: Some(Body {
                content_type: "application/x-www-form-urlencoded",
                text: Secret::new(format!("grant_type=client_credentials&scope={scope}")),
            }),
            secret: self.basic.expose(),
            advise: &|refused| match refused {
                Refused::Who(who) => {
                    advice_on_client(who, self.excess, self.http.host(), self.http.labels())
                }
                Refused::What(_) | Refused::Here(_) => None,
            },
        };
        let answer = self.http.send(&request, trip).await?;
        granted(&answer).map_err(|why| self.http.unusable(&request, &answer, why))
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

/// The default is the longest life that a secret is given:
/// <https://databricks.github.io/sdk-js/api/interfaces/_databricks_sdk-authentication.v1.CreateServicePrincipalSecretRequest.html>
const EXPIRES: &str = "expires after 730 days at the latest";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::testing::settings;

    #[test]
    fn id_and_secret_are_form_url_encoded_before_base64() {
        let secret = Secret::new("a+b/c d:%".to_owned());
        let decoded = BASE64.decode(basic("client:1", &secret).expose()).expect("base64");
        assert_eq!(decoded, b"client%3A1:a%2Bb%2Fc+d%3A%25");
    }
    #[test]
    fn a_client_that_is_refused_is_told_why_as_far_as_it_can_be_told() {
        let variables = [("DATABRICKS_CLIENT_ID", "id"), ("DATABRICKS_CLIENT_SECRET", "secret-1")];
        let Settings { labels, .. } = settings(&variables).unwrap();
        let none = Excess::default();
        let quotes = Some("is in quotes");
        let both = "Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET: an OAuth secret";
        let lasts = "expires after 730 days at the latest";
        let entra =
            format!("{both} of Databricks {lasts}, and one of Entra ID does not work here.");
        let azure = "adb-1.2.azuredatabricks.net";
        let other =
            "Set DATABRICKS_CLIENT_SECRET to another OAuth secret of the service principal, with";
        for (host, who, excess, advice) in [
            ("workspace.test", Who::Identity, none, format!("{both} {lasts}.")),
            ("workspace.test", Who::Entra, none, entra.clone()),
            (azure, Who::Identity, none, entra),
            (
                azure,
                Who::Identity,
                Excess { id: quotes, secret: quotes },
                "Set DATABRICKS_CLIENT_SECRET again: it is in quotes.".to_owned(),
            ),
            (
                "workspace.test",
                Who::Identity,
                Excess { id: quotes, secret: None },
                "Set DATABRICKS_CLIENT_ID again: it is in quotes.".to_owned(),
            ),
            (
                azure,
                Who::Scopes("all-apis".to_owned()),
                Excess { id: None, secret: quotes },
                format!("{other} the scope all-apis."),
            ),
            (azure, Who::Scopes(String::new()), none, format!("{other} the scope all-apis.")),
        ] {
            let host = Host::parse(host).unwrap();
            assert_eq!(advice_on_client(&who, excess, &host, &labels), Some(advice), "{who:?}");
        }
    }
}
