//! An access token that is given: of a person or a service principal, of any kind and age.

use std::time::SystemTime;

use super::claims::Claims;
use super::scopes::with_scopes;
use crate::config::Host;
use crate::config::excess::excess;
use crate::config::labels::Labels;
use crate::http::Who;
use crate::secret::{AccessToken, Secret};

/// What no error may repeat of an answer.
pub(super) fn secrets(token: &AccessToken) -> Vec<Secret> {
    vec![token.0.clone()]
}

/// What to do where the workspace of `host` refuses `token`.
pub(super) fn advice(
    token: &AccessToken,
    who: &Who,
    host: &Host,
    labels: &Labels,
    now: SystemTime,
) -> String {
    let proof = &labels.identity.proof;
    match who {
        Who::Identity | Who::Entra => renewal(token.0.expose(), host, labels, now),
        Who::PersonalTokens => format!(
            "Set {proof} to a token of another kind, as `npx lakebase-token refresh-env` writes it, \
             or have an admin of the workspace allow personal access tokens."
        ),
        Who::Scopes(names) => format!("Set {proof} to a token {}.", with_scopes(names)),
    }
}

/// Why another token is needed, as far as this one tells by itself.
fn renewal(token: &str, host: &Host, labels: &Labels, now: SystemTime) -> String {
    let proof = &labels.identity.proof;
    if let Some(excess) = excess(token) {
        return format!("Set {proof} again, to the token alone: it {excess}.");
    }
    let claims = Claims::of(token);
    let expired = claims.expired(now);
    if let Some(issuer) = claims.issuer.filter(|issuer| issuer != host.name()) {
        let expired = expired.map(|at| format!(" that expired at {at}")).unwrap_or_default();
        return format!(
            "Set {proof} to a token of the workspace of {}: it is a token of {issuer}{expired}, {} is {}.",
            labels.host,
            labels.host,
            host.name()
        );
    }
    let expired = expired.map(|at| format!(", which expired at {at}")).unwrap_or_default();
    format!("Renew {proof}{expired}: a token of the Databricks CLI lives for an hour.")
}

/// The name of this way to an access token, as the command line and the emulator know it.
pub(super) const KIND: &str = "personal-token";

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::config::Settings;
    use crate::identity::claims::tests::jwt;
    use crate::testing::settings;

    #[test]
    fn a_refused_token_tells_by_itself_why_another_one_is_needed() {
        let Settings { config, labels, .. } = settings(&[("DATABRICKS_TOKEN", "token-1")]).unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let hour = "a token of the Databricks CLI lives for an hour.";
        let own = "Set DATABRICKS_TOKEN to a token of the workspace of DATABRICKS_HOST: it is a token \
                   of other.test";
        let quotes = "is in quotes, which docker --env-file keeps.";
        for (token, advice) in [
            ("token-1".to_owned(), format!("Renew DATABRICKS_TOKEN: {hour}")),
            (
                "\"token-1\"".to_owned(),
                format!("Set DATABRICKS_TOKEN again, to the token alone: it {quotes}"),
            ),
            (
                jwt(r#"{"iss":"https://workspace.test/oidc","exp":999999999}"#),
                format!("Renew DATABRICKS_TOKEN, which expired at 2001-09-09T01:46:39Z: {hour}"),
            ),
            (
                jwt(r#"{"iss":"https://workspace.test/oidc","exp":1000000001}"#),
                format!("Renew DATABRICKS_TOKEN: {hour}"),
            ),
            (
                jwt(r#"{"iss":"https://other.test/oidc","exp":1000000001}"#),
                format!("{own}, DATABRICKS_HOST is workspace.test."),
            ),
            (
                jwt(r#"{"iss":"https://other.test/oidc","exp":0}"#),
                format!(
                    "{own} that expired at 1970-01-01T00:00:00Z, DATABRICKS_HOST is workspace.test."
                ),
            ),
        ] {
            let token = AccessToken(Secret::new(token));
            let told = super::advice(&token, &Who::Identity, &config.host, &labels, now);
            assert_eq!(told, advice);
        }
    }
}
