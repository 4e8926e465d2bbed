//! The only list of variable names, and how they make a [`Config`].

use super::{Config, Host, Identity, check_endpoint};
use crate::error::{Error, ErrorCode};
use crate::secret::{AccessToken, Secret};

const HOST: &str = "DATABRICKS_HOST";
const ENDPOINT: &str = "LAKEBASE_ENDPOINT";
const TOKEN: &str = "DATABRICKS_TOKEN";
const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";

/// Reads the configuration, given a way to read one variable.
///
/// A value is trimmed; an empty one counts as unset. `E` is how reading itself can go wrong.
///
/// # Errors
///
/// The outer error is the reader's. The inner one is `CONFIG_MISSING` or `CONFIG_INVALID`, and
/// names every variable concerned, not only the first.
pub fn read<E>(
    mut variable: impl FnMut(&'static str) -> Result<Option<String>, E>,
) -> Result<Result<Config, Error>, E> {
    let mut set = |name| {
        let value = variable(name)?;
        Ok(value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    };
    let (host, endpoint, token) = (set(HOST)?, set(ENDPOINT)?, set(TOKEN)?);
    // A DATABRICKS_TOKEN wins, so the others are not even looked at.
    let client =
        if token.is_some() { (None, None) } else { (set(CLIENT_ID)?, set(CLIENT_SECRET)?) };

    let mut problems = Problems::default();
    let host = problems.required(HOST, host, |text| Host::parse(&text));
    let endpoint = problems.required(ENDPOINT, endpoint, check_endpoint);
    let identity = match token {
        Some(token) => problems.required(TOKEN, Some(token), personal_token),
        None => problems.client_credentials(client),
    };
    Ok(match (host, endpoint, identity) {
        (Some(host), Some(endpoint), Some(identity)) => Ok(Config { host, endpoint, identity }),
        _ => Err(problems.into_error()),
    })
}

/// The error completes the sentence "DATABRICKS_TOKEN …".
fn personal_token(token: String) -> Result<Identity, &'static str> {
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Identity::PersonalToken(AccessToken(Secret::new(token))))
    } else {
        Err("contains characters that no access token has")
    }
}

/// All that is wrong, gathered so that one message names it.
#[derive(Default)]
struct Problems {
    /// Clauses such as "DATABRICKS_HOST is not set".
    clauses: Vec<String>,
    missing: Vec<&'static str>,
    invalid: Vec<&'static str>,
    identity_is_incomplete: bool,
}

impl Problems {
    fn required<T>(
        &mut self,
        name: &'static str,
        value: Option<String>,
        check: impl FnOnce(String) -> Result<T, &'static str>,
    ) -> Option<T> {
        let Some(text) = value else {
            self.clauses.push(format!("{name} is not set"));
            self.missing.push(name);
            return None;
        };
        match check(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.clauses.push(format!("{name} {problem}"));
                self.invalid.push(name);
                None
            }
        }
    }

    fn client_credentials(&mut self, client: (Option<String>, Option<String>)) -> Option<Identity> {
        let clause = match client {
            (Some(client_id), Some(client_secret)) => {
                let client_secret = Secret::new(client_secret);
                return Some(Identity::ClientCredentials { client_id, client_secret });
            }
            (Some(_), None) => format!("{CLIENT_ID} is set but {CLIENT_SECRET} is not"),
            (None, Some(_)) => format!("{CLIENT_SECRET} is set but {CLIENT_ID} is not"),
            (None, None) => format!("neither {TOKEN} nor {CLIENT_ID} with {CLIENT_SECRET} is set"),
        };
        self.clauses.push(clause);
        self.identity_is_incomplete = true;
        None
    }

    fn into_error(self) -> Error {
        let code = if self.missing.is_empty() && !self.identity_is_incomplete {
            ErrorCode::ConfigInvalid
        } else {
            ErrorCode::ConfigMissing
        };
        let mut advice = Vec::new();
        if !self.missing.is_empty() {
            advice.push(format!("set {}", self.missing.join(" and ")));
        }
        if !self.invalid.is_empty() {
            advice.push(format!("correct {}", self.invalid.join(" and ")));
        }
        if self.identity_is_incomplete {
            advice.push(format!("set both {CLIENT_ID} and {CLIENT_SECRET}, or set {TOKEN}"));
        }
        let advice = format!("{} in the environment of this process.", advice.join("; "));
        Error::new(code, self.clauses.join("; "), capitalized(advice))
    }
}

fn capitalized(mut sentence: String) -> String {
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const ALL: [(&str, &str); 4] = [
        (HOST, "workspace.test"),
        (ENDPOINT, "projects/p/branches/b/endpoints/e"),
        (CLIENT_ID, "client-1"),
        (CLIENT_SECRET, "secret-1"),
    ];

    fn read_from(variables: &[(&str, &str)]) -> Result<Config, Error> {
        let find = |name| {
            let found = variables.iter().rev().find(|(other, _)| *other == name);
            Ok::<_, Infallible>(found.map(|(_, value)| (*value).to_owned()))
        };
        read(find).expect("reading cannot go wrong here")
    }

    fn with(changes: &[(&'static str, &'static str)]) -> Result<Config, Error> {
        read_from(&[&ALL[..], changes].concat())
    }

    #[test]
    fn client_credentials_are_read() {
        let config = with(&[]).expect("complete");
        assert_eq!(config.host.as_str(), "https://workspace.test");
        assert_eq!(config.endpoint, "projects/p/branches/b/endpoints/e");
        assert!(matches!(config.identity, Identity::ClientCredentials { client_id, .. }
            if client_id == "client-1"));
    }

    #[test]
    fn a_personal_token_wins_over_client_credentials() {
        let config = with(&[(TOKEN, "token-1")]).expect("complete");
        assert!(matches!(config.identity, Identity::PersonalToken(_)));
    }

    #[test]
    fn values_are_trimmed() {
        assert_eq!(with(&[(TOKEN, " token-1\r\n")]), with(&[(TOKEN, "token-1")]));
    }

    #[test]
    fn every_missing_or_invalid_variable_is_named_in_one_message() {
        use ErrorCode::{ConfigInvalid, ConfigMissing};
        for (changes, code, message) in [
            (
                &[(HOST, ""), (ENDPOINT, " "), (CLIENT_ID, ""), (CLIENT_SECRET, "")][..],
                ConfigMissing,
                "DATABRICKS_HOST is not set; LAKEBASE_ENDPOINT is not set; neither DATABRICKS_TOKEN \
                 nor DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET is set. Set DATABRICKS_HOST \
                 and LAKEBASE_ENDPOINT; set both DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, \
                 or set DATABRICKS_TOKEN in the environment of this process.",
            ),
            (
                &[(CLIENT_SECRET, "")],
                ConfigMissing,
                "DATABRICKS_CLIENT_ID is set but DATABRICKS_CLIENT_SECRET is not. Set both \
                 DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set DATABRICKS_TOKEN in the \
                 environment of this process.",
            ),
            (
                &[(CLIENT_ID, "")],
                ConfigMissing,
                "DATABRICKS_CLIENT_SECRET is set but DATABRICKS_CLIENT_ID is not. Set both \
                 DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set DATABRICKS_TOKEN in the \
                 environment of this process.",
            ),
            (
                &[(HOST, ""), (ENDPOINT, "main")],
                ConfigMissing,
                "DATABRICKS_HOST is not set; LAKEBASE_ENDPOINT is not of the form \
                 projects/<project>/branches/<branch>/endpoints/<endpoint>. Set DATABRICKS_HOST; \
                 correct LAKEBASE_ENDPOINT in the environment of this process.",
            ),
            (
                &[(HOST, "http://workspace.test"), (TOKEN, "token 1")],
                ConfigInvalid,
                "DATABRICKS_HOST is a plain http: URL, which would send secrets unencrypted; \
                 DATABRICKS_TOKEN contains characters that no access token has. Correct \
                 DATABRICKS_HOST and DATABRICKS_TOKEN in the environment of this process.",
            ),
        ] {
            let error = with(changes).expect_err(message);
            assert_eq!((error.code, error.to_string().as_str()), (code, message));
        }
    }

    #[test]
    fn what_the_reader_says_comes_through() {
        assert_eq!(read(|_| Err::<Option<String>, _>("thrown")), Err("thrown"));
    }
}
