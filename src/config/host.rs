//! The address of a workspace, as people paste it: the host, and which of its workspaces is meant.

use url::Url;

use super::excess::excess;

/// The origin of a workspace, such as `https://dbc-1234.cloud.databricks.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

/// A host, and which of its workspaces is meant if it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub host: Host,
    pub workspace_id: Option<String>,
}

impl Address {
    /// Accepts what people paste: without a scheme, with a trailing slash, a path or a query, of which
    /// only the workspace's id counts.
    ///
    /// The error completes the sentence "DATABRICKS_HOST …".
    pub(crate) fn parse(text: &str) -> Result<Address, &'static str> {
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
        let host = Host(url.origin().ascii_serialization());
        Ok(Address { host, workspace_id: workspace_in_query(&url) })
    }
}

impl Host {
    /// That of an address: see [`Address::parse`].
    pub fn parse(text: &str) -> Result<Host, &'static str> {
        Address::parse(text).map(|address| address.host)
    }

    /// The path of `url`, if it is one of this host.
    pub fn path_of(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let is_own = url.origin().ascii_serialization() == self.0 && url.username().is_empty();
        is_own.then(|| url.path().to_owned())
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

/// The workspace that a URL names, as the Go SDK reads it (`config/config.go`): `w` may be any id, the
/// older ones are numbers.
fn workspace_in_query(url: &Url) -> Option<String> {
    let value = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    let is_number = |id: &String| id.bytes().all(|byte| byte.is_ascii_digit());
    let number = |name| value(name).filter(is_number);
    let given = |id: Option<String>| id.filter(|id| !id.is_empty());
    let named = given(value("w")).or_else(|| given(number("o")));
    let named = named.or_else(|| given(number("workspace_id")))?;
    check_workspace_id(named)
}

/// The id of a workspace, if it is one.
pub(super) fn check_workspace_id(id: String) -> Option<String> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_one = id != NO_WORKSPACE && !id.is_empty() && id.bytes().all(is_letter);
    is_one.then_some(id)
}

/// What the Databricks CLI writes where nobody has chosen a workspace.
const NO_WORKSPACE: &str = "none";

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
    fn the_workspace_that_an_address_names_is_kept() {
        for (pasted, id) in [
            ("https://acme.test/?o=12345", Some("12345")),
            ("acme.test?o=12345", Some("12345")),
            ("https://acme.test/?workspace_id=12345", Some("12345")),
            ("https://acme.test/?o=12345&a=abc", Some("12345")),
            (
                "https://acme.test/?w=7a99b43c-b46c-432b-b0a7-814217701909",
                Some("7a99b43c-b46c-432b-b0a7-814217701909"),
            ),
            ("https://acme.test/?w=12345&o=99999", Some("12345")),
            ("https://acme.test/?o=99999&w=12345", Some("12345")),
            ("https://acme.test/?o=12345&workspace_id=99999", Some("12345")),
            ("https://acme.test/jobs/1?o=12345#tasks", Some("12345")),
            ("https://acme.test/?w=&o=12345", Some("12345")),
            ("https://acme.test/?o=notanumber", None),
            ("https://acme.test/?o=", None),
            ("https://acme.test/?a=abc", None),
            ("https://acme.test/?w=a%0Ab", None),
            ("https://acme.test/?w=none", None),
            ("https://acme.test/", None),
        ] {
            let address = Address::parse(pasted).expect(pasted);
            assert_eq!(address.host.as_str(), "https://acme.test");
            assert_eq!(address.workspace_id.as_deref(), id, "{pasted}");
        }
    }

    #[test]
    fn a_path_is_only_one_of_the_host_itself() {
        let host = Host::parse("https://acme.test").expect("a host");
        for (url, path) in [
            ("https://acme.test/oidc/v1/token", Some("/oidc/v1/token")),
            ("https://acme.test:443/oidc?x=1#y", Some("/oidc")),
            ("https://acme.test:8443/oidc", None),
            ("http://acme.test/oidc", None),
            ("https://other.test/oidc", None),
            ("https://user@acme.test/oidc", None),
            ("https://acme.test.other.test/oidc", None),
            ("/oidc", None),
        ] {
            assert_eq!(host.path_of(url).as_deref(), path, "{url}");
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
}
