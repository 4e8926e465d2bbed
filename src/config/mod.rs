//! What to obtain and as whom. Equal configurations share one cache: a [`Config`] is the registry's
//! key, and holds nothing but values. What messages call them is in [`labels`].

pub(crate) mod env;
mod identity;
pub(crate) mod labels;
pub(crate) mod network;
mod problems;
#[cfg(test)]
mod property_tests;

use url::Url;

pub(crate) use identity::Identity;
use labels::Labels;
use network::Network;

/// Everything that decides which Postgres token a call gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Config {
    pub host: Host,
    /// The Lakebase endpoint's resource path, `projects/{p}/branches/{b}/endpoints/{e}`.
    pub endpoint: String,
    pub identity: Identity,
    /// How the workspace is reached.
    pub network: Network,
}

/// A configuration, and what messages call its parts.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    /// What is to be obtained.
    pub config: Config,
    /// Where it was set. It decides nothing: configurations that differ in it alone share a cache.
    pub labels: Labels,
}

/// The origin of a workspace, such as `https://dbc-1234.cloud.databricks.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

impl Host {
    /// Accepts what people paste: without a scheme, with a trailing slash, a path or a query.
    ///
    /// The error completes the sentence "DATABRICKS_HOST …".
    pub fn parse(text: &str) -> Result<Host, &'static str> {
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&with_scheme).map_err(|_| "is not a host name or URL")?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("has no host name")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("contains a user name or password");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err("is a plain http: URL, which would send secrets unencrypted"),
            _ => return Err("is not an https: URL"),
        }
        Ok(Host(url.origin().ascii_serialization()))
    }

    /// Whether connections to it are plain, which only loopback's may be.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http:")
    }

    /// Its name if connections to it are plain: `localhost`, or a name below it.
    pub fn plain_name(&self) -> Option<&str> {
        let authority = self.0.strip_prefix("http://")?;
        let name = authority.split_once(':').map_or(authority, |(name, _)| name);
        is_localhost(name).then_some(name)
    }

    /// Scheme, host and port, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    is_localhost(host) || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The error completes the sentence "LAKEBASE_ENDPOINT …".
///
/// Checks the path's shape only. Ids are not checked: older ones use other characters.
fn check_endpoint(path: String) -> Result<String, &'static str> {
    let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_graphic());
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["projects", project, "branches", branch, "endpoints", endpoint]
            if [project, branch, endpoint].into_iter().all(is_id) =>
        {
            Ok(path)
        }
        _ => Err("is not of the form projects/<project>/branches/<branch>/endpoints/<endpoint>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_accepted_as_people_paste_it() {
        for (pasted, origin) in [
            ("workspace.test", "https://workspace.test"),
            ("https://workspace.test", "https://workspace.test"),
            ("https://workspace.test/", "https://workspace.test"),
            ("https://workspace.test//", "https://workspace.test"),
            ("https://workspace.test/?o=123#x", "https://workspace.test"),
            ("https://workspace.test/sql/warehouses", "https://workspace.test"),
            ("workspace.test:8443/", "https://workspace.test:8443"),
            ("https://workspace.test:443", "https://workspace.test"),
            ("HTTPS://Workspace.TEST", "https://workspace.test"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://localhost:1", "http://localhost:1"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            assert_eq!(Host::parse(pasted).as_ref().map(Host::as_str), Ok(origin), "{pasted}");
        }
    }

    #[test]
    fn a_host_that_cannot_be_used_is_refused() {
        for pasted in [
            "https://",
            "<workspace-host>",
            "\"https://workspace.test\"",
            "workspace .test",
            "http://workspace.test",
            "http://127.0.0.1.workspace.test",
            "http://10.0.0.1",
            "ftp://workspace.test",
            "https://user:password@workspace.test",
            "https://user@workspace.test",
            "https://workspace.test:99999",
        ] {
            assert!(Host::parse(pasted).is_err(), "{pasted}");
        }
    }

    #[test]
    fn a_plain_host_has_a_name_or_is_an_address() {
        for (host, name) in [
            ("http://localhost", Some("localhost")),
            ("http://LOCALHOST:1", Some("localhost")),
            ("http://workspace.localhost:1/", Some("workspace.localhost")),
            ("http://127.0.0.1:1", None),
            ("http://[::1]:1", None),
            ("https://localhost:1", None),
        ] {
            assert_eq!(Host::parse(host).expect(host).plain_name(), name, "{host}");
        }
    }

    #[test]
    fn an_endpoint_is_checked_by_its_shape() {
        for path in [
            "projects/p/branches/b/endpoints/e",
            "projects/6f1a-uuid/branches/br-Cool_9/endpoints/ep-1",
        ] {
            assert_eq!(check_endpoint(path.to_owned()).as_deref(), Ok(path));
        }
        for path in [
            "",
            "projects/p",
            "projects/p/branches/b/endpoints/",
            "projects//branches/b/endpoints/e",
            "/projects/p/branches/b/endpoints/e",
            "projects/p/branches/b/endpoints/e/",
            "projects/p q/branches/b/endpoints/e",
            "projects/p/branches/b/endpoints/e\u{e9}",
            "ep-123.database.workspace.test",
        ] {
            assert!(check_endpoint(path.to_owned()).is_err(), "{path}");
        }
    }
}
