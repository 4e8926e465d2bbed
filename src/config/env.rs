//! The only list of variable names, and how they make a [`Config`].

use super::network::{ExtraRoots, Network, Proxy, proxy_url};
use super::{Config, Host, Identity, check_endpoint};
use crate::error::{Error, ErrorCode};
use crate::secret::{AccessToken, Secret};

const HOST: &str = "DATABRICKS_HOST";
const ENDPOINT: &str = "LAKEBASE_ENDPOINT";
const TOKEN: &str = "DATABRICKS_TOKEN";
const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";

/// Node's own: <https://nodejs.org/api/cli.html#node_extra_ca_certsfile>.
const EXTRA_CA_CERTS: &str = "NODE_EXTRA_CA_CERTS";
const USE_SYSTEM_CA: &str = "NODE_USE_SYSTEM_CA";
/// OpenSSL's: a file, and folders separated as in `PATH`.
const CERT_FILE: &str = "SSL_CERT_FILE";
const CERT_DIR: &str = "SSL_CERT_DIR";
/// In the order of curl and of Node: the lower case first.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const NO_PROXIES: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// Reads the configuration, given a way to read one variable.
///
/// A value is trimmed; an empty one counts as unset. `E` is how reading itself can go wrong.
///
/// # Errors
///
/// The outer error is the reader's. The inner one is `CONFIG_MISSING` or `CONFIG_INVALID`, and
/// names every variable concerned, not only the first.
pub fn read<E, T: AsRef<str>>(
    mut variable: impl FnMut(&'static str) -> Result<Option<T>, E>,
) -> Result<Result<Config, Error>, E> {
    let mut set = |name| {
        let value = variable(name)?;
        Ok(value.map(|text| text.as_ref().trim().to_owned()).filter(|text| !text.is_empty()))
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
    let network = match &host {
        // Plain http is for loopback only, and is answered without certificates or proxies.
        Some(host) if !host.is_plain() => network(&mut set, &mut problems)?,
        Some(_) | None => Some(Network::default()),
    };
    Ok(match (host, endpoint, identity, network) {
        (Some(host), Some(endpoint), Some(identity), Some(network)) => {
            Ok(Config { host, endpoint, identity, network })
        }
        _ => Err(problems.into_error()),
    })
}

fn network<E>(
    set: &mut impl FnMut(&'static str) -> Result<Option<String>, E>,
    problems: &mut Problems,
) -> Result<Option<Network>, E> {
    let mut extra_roots = Vec::new();
    for variable in [EXTRA_CA_CERTS, CERT_FILE] {
        extra_roots.extend(set(variable)?.map(|path| ExtraRoots { variable, path: path.into() }));
    }
    for path in set(CERT_DIR)?.iter().flat_map(std::env::split_paths) {
        extra_roots.push(ExtraRoots { variable: CERT_DIR, path });
    }
    let trusts_system = set(USE_SYSTEM_CA)?.is_some_and(|value| value == "1");
    let bypass = first(set, &NO_PROXIES)?.map(|(_, hosts)| hosts);
    let bypasses_all =
        bypass.as_ref().is_some_and(|hosts| hosts.split(',').any(|host| host.trim() == "*"));
    let proxy = if bypasses_all { None } else { first(set, &PROXIES)? };
    let Some((variable, url)) = proxy else {
        return Ok(Some(Network { extra_roots, trusts_system, proxy: None }));
    };
    let proxy = problems.required(variable, Some(url), proxy_url);
    Ok(proxy.map(|url| {
        let proxy = Some(Proxy { variable, url, bypass });
        Network { extra_roots, trusts_system, proxy }
    }))
}

/// The first of `variables` that is set.
fn first<E>(
    set: &mut impl FnMut(&'static str) -> Result<Option<String>, E>,
    variables: &[&'static str],
) -> Result<Option<(&'static str, String)>, E> {
    for variable in variables {
        if let Some(value) = set(variable)? {
            return Ok(Some((variable, value)));
        }
    }
    Ok(None)
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
    fn the_way_to_the_workspace_is_read() {
        let config = with(&[
            ("NODE_EXTRA_CA_CERTS", "/extra.pem"),
            ("SSL_CERT_FILE", "/file.pem"),
            ("SSL_CERT_DIR", "/one:/two"),
            ("NODE_USE_SYSTEM_CA", "1"),
            ("https_proxy", ""),
            ("HTTPS_PROXY", "proxy.test:3128"),
            ("ALL_PROXY", "other.test"),
            ("NO_PROXY", "intern.test"),
        ]);
        let network = config.expect("complete").network;
        let roots: Vec<_> =
            network.extra_roots.iter().map(|roots| (roots.variable, roots.path.to_str())).collect();
        assert_eq!(
            roots,
            [
                ("NODE_EXTRA_CA_CERTS", Some("/extra.pem")),
                ("SSL_CERT_FILE", Some("/file.pem")),
                ("SSL_CERT_DIR", Some("/one")),
                ("SSL_CERT_DIR", Some("/two")),
            ]
        );
        assert!(network.trusts_system);
        let proxy = network.proxy.expect("set");
        assert_eq!(proxy.variable, "HTTPS_PROXY");
        assert_eq!(proxy.url.expose(), "http://proxy.test:3128");
        assert_eq!(proxy.bypass.as_deref(), Some("intern.test"));
    }

    #[test]
    fn plain_loopback_goes_through_no_proxy() {
        let config = with(&[(HOST, "http://127.0.0.1:1"), ("HTTPS_PROXY", "proxy.test")]);
        assert_eq!(config.expect("complete").network, Network::default());
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_named() {
        let error = with(&[("https_proxy", "socks5://user:canary@proxy.test")]).expect_err("socks");
        assert_eq!(error.code, ErrorCode::ConfigInvalid);
        assert_eq!(
            error.to_string(),
            "https_proxy is not the URL of an http: or https: proxy. Correct https_proxy in the \
             environment of this process."
        );
    }

    #[test]
    fn what_the_reader_says_comes_through() {
        assert_eq!(read(|_| Err::<Option<String>, _>("thrown")), Err("thrown"));
    }
}
