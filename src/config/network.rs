//! How to reach a workspace: whom to trust beyond Mozilla's roots, and through which proxy.

use std::path::PathBuf;

use url::Url;

use crate::secret::Secret;

/// The way to a workspace. The default is for plain http on loopback, which needs none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Network {
    /// Certificates to trust besides the bundled ones.
    pub extra_roots: Vec<RootsPath>,
    /// Whether the system's certificates are trusted too.
    pub trusts_system: bool,
    /// The URL of the proxy to go through, which may hold a user name and a password.
    pub proxy: Option<Secret>,
}

/// A file, or a folder of files, with certificates in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RootsPath {
    /// As it was set.
    pub path: PathBuf,
    /// Where a relative one is looked for, before the current folder: Node reads it when it starts,
    /// and an application may have gone elsewhere since.
    pub folders: Vec<PathBuf>,
}

/// The URL of a proxy, with a scheme if it came without one.
///
/// The error completes the sentence "HTTPS_PROXY …".
pub(crate) fn proxy_url(text: String) -> Result<Secret, &'static str> {
    let text = Secret::new(text);
    let with_scheme = if text.expose().contains("://") {
        text
    } else {
        Secret::new(["http://", text.expose()].concat())
    };
    let login = with_scheme.expose().rsplit_once('@').map_or("", |(login, _)| login);
    if login.contains('\\') {
        return Err("has a backslash in its user name or password: write %5C for it");
    }
    match Url::parse(with_scheme.expose()) {
        Ok(url) if !url.has_host() => Err("has no host name"),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Err("is not the URL of an http: or https: proxy")
        }
        // What is left of a login that ended too early is a host without a port.
        Ok(url) if url.port().is_none() && has_login(url.path()) => Err(UNENCODED),
        Ok(_) => Ok(with_scheme),
        Err(_) if login.splitn(4, ['/', '?', '#']).count() == 4 => Err(UNENCODED),
        Err(_) => Err("is not a URL"),
    }
}

fn has_login(path: &str) -> bool {
    path.rsplit_once('@').is_some_and(|(login, _)| login.contains(':'))
}

const UNENCODED: &str =
    "has a /, ? or # in its user name or password: write %2F, %3F or %23 for it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_may_come_without_a_scheme() {
        for (text, url) in [
            ("proxy.test:3128", "http://proxy.test:3128"),
            ("http://user:p%40ss@proxy.test:3128/", "http://user:p%40ss@proxy.test:3128/"),
            ("user:p@ss@proxy.test:3128", "http://user:p@ss@proxy.test:3128"),
            ("http://CORP%5Cuser:password@proxy.test", "http://CORP%5Cuser:password@proxy.test"),
            ("http://proxy.test/p@c", "http://proxy.test/p@c"),
            ("http://proxy.test:3128/proxy.pac", "http://proxy.test:3128/proxy.pac"),
            ("https://proxy.test", "https://proxy.test"),
        ] {
            let parsed = proxy_url(text.to_owned());
            assert_eq!(parsed.as_ref().map(Secret::expose), Ok(url));
        }
        for text in ["socks5://proxy.test", "http://", "proxy test", "file:///proxy"] {
            assert!(proxy_url(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_user_or_a_password_lacks_is_told() {
        const BACKSLASH: &str = "has a backslash in its user name or password: write %5C for it";
        for (text, problem) in [
            (r"http://CORP\user:password@proxy.test:8080", BACKSLASH),
            (r"CORP\user:password@proxy.test", BACKSLASH),
            ("http://user:pass/word@proxy.test:8080", UNENCODED),
            ("http://user:pass?word@proxy.test:8080", UNENCODED),
            ("http://user:pass#word@proxy.test:8080", UNENCODED),
            ("user:pass#word@proxy.test", UNENCODED),
            ("http://us/er:password@proxy.test:8080", UNENCODED),
            ("http://user:pass word", "is not a URL"),
        ] {
            assert_eq!(proxy_url(text.to_owned()).err(), Some(problem), "{text}");
        }
    }
}
