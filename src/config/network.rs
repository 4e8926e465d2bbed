//! How to reach a workspace: whom to trust beyond Mozilla's roots, and through which proxy.

use std::path::PathBuf;

use url::Url;

use crate::secret::Secret;

/// The way to a workspace. The default is for plain http on loopback, which needs none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Network {
    /// Files, and folders of files, with certificates in PEM to trust besides the bundled ones.
    pub extra_roots: Vec<PathBuf>,
    /// Whether the system's certificates are trusted too.
    pub trusts_system: bool,
    /// The proxy to go through.
    pub proxy: Option<Proxy>,
}

/// A proxy for https.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// Its URL, which may hold a user name and a password.
    pub url: Secret,
    /// The hosts that are reached without it (`NO_PROXY`).
    pub bypass: Option<String>,
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
    match Url::parse(with_scheme.expose()) {
        Ok(url) if !url.has_host() => Err("has no host name"),
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(with_scheme),
        Ok(_) => Err("is not the URL of an http: or https: proxy"),
        Err(_) => Err("is not a URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_may_come_without_a_scheme() {
        for (text, url) in [
            ("proxy.test:3128", "http://proxy.test:3128"),
            ("http://user:p%40ss@proxy.test:3128/", "http://user:p%40ss@proxy.test:3128/"),
            ("https://proxy.test", "https://proxy.test"),
        ] {
            let parsed = proxy_url(text.to_owned());
            assert_eq!(parsed.as_ref().map(Secret::expose), Ok(url));
        }
        for text in ["socks5://proxy.test", "http://", "proxy test", "file:///proxy"] {
            assert!(proxy_url(text.to_owned()).is_err(), "{text}");
        }
    }
}
