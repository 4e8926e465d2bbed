//! What to obtain and as whom. Equal configurations share one cache: a [`Config`] is the registry's
//! key, and holds nothing but values. What messages call them is in [`labels`].

pub(crate) mod elsewhere;
pub(crate) mod env;
pub(crate) mod excess;
mod identity;
pub(crate) mod labels;
pub(crate) mod network;
mod no_proxy;
mod node_options;
mod problems;
#[cfg(test)]
mod property_tests;

use url::Url;

use excess::excess;
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
        let no_host = || excess(text).unwrap_or("is not a host name or URL");
        let url = Url::parse(&with_scheme).map_err(|_| no_host())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("has no host name")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("contains a user name or password");
        }
        match url.scheme() {
            // As in `https//workspace` and `https:/workspace`.
            "https" | "http" if matches!(host, "https" | "http") => {
                return Err("has its scheme twice, or without :// after it");
            }
            // No certificate is for another one.
            "https" if !is_name_or_address(host) => return Err(no_host()),
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

    /// Its name or address, without scheme and port.
    pub fn name(&self) -> &str {
        let authority = self.0.split_once("://").map_or(self.as_str(), |(_, rest)| rest);
        match authority.rsplit_once(':') {
            // The colons of an IPv6 address are in brackets.
            Some((name, port)) if !port.ends_with(']') => name,
            Some(_) | None => authority,
        }
    }

    /// Scheme, host and port, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether it has only the characters of a name or an address.
fn is_name_or_address(host: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-_.:[]".contains(&b);
    host.bytes().all(is_letter)
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
            let is_filled_in = !path.contains(['<', '>', '{', '}', '[', ']']);
            is_filled_in.then_some(path).ok_or("has a placeholder in it")
        }
        [name] if is_instance(name) => Err(NO_INSTANCE),
        _ => Err(excess(&path).unwrap_or(NO_ENDPOINT)),
    }
}

/// Whether it may be the name of an instance of Lakebase Provisioned. Those of endpoints are `ep-…`.
fn is_instance(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.starts_with("ep-")
        && name.bytes().all(is_letter)
}

/// What prints the paths of a branch's endpoints:
/// <https://docs.databricks.com/aws/en/oltp/projects/cli>.
pub(crate) const LIST_ENDPOINTS: &str =
    "databricks postgres list-endpoints projects/<project>/branches/<branch>";

const NO_ENDPOINT: &str = "is not of the form \
    projects/<project>/branches/<branch>/endpoints/<endpoint>, as \
    `databricks postgres list-endpoints projects/<project>/branches/<branch>` prints it";

const NO_INSTANCE: &str = "is a name, and not of the form \
    projects/<project>/branches/<branch>/endpoints/<endpoint>, as \
    `databricks postgres list-endpoints projects/<project>/branches/<branch>` prints it (an instance \
    of Lakebase Provisioned has a name alone, and is not served)";

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
    fn a_host_whose_scheme_is_misspelt_is_not_asked() {
        for pasted in [
            "https://https//workspace.test",
            "https://https://workspace.test",
            "https://http://workspace.test",
            "https//workspace.test",
            "http//workspace.test",
            "https:/workspace.test",
            "https:https://workspace.test",
            "http://https://workspace.test",
        ] {
            let problem = Host::parse(pasted).expect_err(pasted);
            assert!(problem.contains("scheme twice, or without ://"), "{pasted}: {problem}");
        }
        for pasted in
            ["http;s\"//accounts.test", "http;//workspace.test", "work!space.test", "a*b.test"]
        {
            assert_eq!(Host::parse(pasted), Err("is not a host name or URL"), "{pasted}");
        }
        for pasted in ["https.workspace.test", "https-1", "my_workspace.test", "bücher.test"] {
            assert!(Host::parse(pasted).is_ok(), "{pasted}");
        }
    }

    #[test]
    fn quotes_that_were_kept_are_told() {
        for pasted in
            ["\"https://workspace.test\"", "'https://workspace.test'", "\"workspace.test\""]
        {
            let problem = Host::parse(pasted).expect_err(pasted);
            assert_eq!(problem, "is in quotes, which docker --env-file keeps");
        }
        for path in ["\"projects/p/branches/b/endpoints/e\"", "'projects/p/branches/b/endpoints/e'"]
        {
            let problem = check_endpoint(path.to_owned()).expect_err(path);
            assert_eq!(problem, "is in quotes, which docker --env-file keeps");
        }
    }

    #[test]
    fn a_host_has_a_name() {
        for (pasted, name) in [
            ("workspace.test", "workspace.test"),
            ("https://Workspace.test:8443/path", "workspace.test"),
            ("http://127.0.0.1:8080", "127.0.0.1"),
            ("https://[::1]", "[::1]"),
            ("https://[::1]:8443", "[::1]"),
        ] {
            assert_eq!(Host::parse(pasted).expect(pasted).name(), name);
        }
    }

    #[test]
    fn an_endpoint_that_is_none_is_told_apart() {
        for (path, part) in [
            ("projects/<project>/branches/<branch>/endpoints/<endpoint>", "placeholder"),
            ("projects/{project-id}/branches/b/endpoints/e", "placeholder"),
            ("projects/p/branches/[BRANCH_ID]/endpoints/e", "placeholder"),
            ("my-lakebase-instance", "Lakebase Provisioned"),
            ("main", "Lakebase Provisioned"),
            ("ep-cool-breeze-d1abcd23", "list-endpoints"),
            ("ep-cool.database.workspace.test", "list-endpoints"),
            ("https://workspace.test/lakebase/projects/p", "list-endpoints"),
            ("projects/p/branches/b", "list-endpoints"),
        ] {
            let problem = check_endpoint(path.to_owned()).expect_err(path);
            assert!(problem.contains(part), "{path}: {problem}");
            let is_provisioned = problem.contains("Provisioned");
            assert_eq!(is_provisioned, part.contains("Provisioned"), "{path}: {problem}");
        }
        assert!(NO_ENDPOINT.contains(LIST_ENDPOINTS) && NO_INSTANCE.contains(LIST_ENDPOINTS));
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
