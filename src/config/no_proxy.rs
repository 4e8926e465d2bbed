//! What `NO_PROXY` says.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// Whether `origin` is reached without the proxy by what `NO_PROXY` says.
///
/// What curl and Node understand: hosts between commas or white space, each with all below it, also
/// as `.domain` or `*.domain`; each also with a port; addresses and networks (CIDR); `*`.
pub(super) fn is_bypassed(origin: &str, no_proxy: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let port = url.port_or_known_default().unwrap_or(443);
    let entries = no_proxy.split(|c: char| c == ',' || c.is_whitespace());
    let hosts: Vec<&str> = entries.filter_map(|entry| host_of(entry, port)).collect();
    if hosts.contains(&"*") {
        return true;
    }
    // All that it is asked is whether it would be used.
    let matcher = Matcher::builder().https("http://proxy.test").no(hosts.join(",")).build();
    origin.parse().is_ok_and(|destination| matcher.intercept(&destination).is_none())
}

/// What an entry says of connections to `port`, without what the library does not know.
fn host_of(entry: &str, port: u16) -> Option<&str> {
    let (host, only) = match entry.rsplit_once(':') {
        // Not the last part of an address of IPv6.
        Some((host, digits)) if !host.contains(':') || host.ends_with(']') => {
            (host, digits.parse().ok())
        }
        Some(_) | None => (entry, Some(port)),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let host = if bare == "*" { bare } else { bare.trim_start_matches('*') };
    (only == Some(port) && !host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_need_no_proxy_are_named_as_curl_and_node_understand_them() {
        for (host, entries, others) in [
            (
                "https://dbc-1.cloud.databricks.test",
                &[
                    "dbc-1.cloud.databricks.test",
                    "DBC-1.cloud.Databricks.test",
                    "cloud.databricks.test",
                    ".cloud.databricks.test",
                    "*.cloud.databricks.test",
                    "*.databricks.test:443",
                    "*.dbc-1.cloud.databricks.test",
                    "dbc-1.cloud.databricks.test:443",
                    "one.test,cloud.databricks.test",
                    "one.test, cloud.databricks.test",
                    "one.test cloud.databricks.test",
                    "one.test\n\tcloud.databricks.test ",
                    "one.test *",
                    "*",
                ][..],
                &[
                    "",
                    ",",
                    "oud.databricks.test",
                    "dbc-2.cloud.databricks.test",
                    "dbc-1.cloud.databricks.test:8443",
                    "*.cloud.databricks.test:80",
                    "dbc-1.cloud.databricks.test:https",
                    "*:8443",
                    "10.0.0.0/8",
                ][..],
            ),
            (
                "https://workspace.test:8443",
                &["workspace.test", "workspace.test:8443", "*.test:8443", "*:8443"],
                &["workspace.test:443", ":8443"],
            ),
            (
                "https://10.1.2.3",
                &["10.1.2.3", "10.1.2.3:443", "10.0.0.0/8", "localhost 10.1.0.0/16", "*"],
                &["10.1.2.4", "10.1.2.3:80", "11.0.0.0/8", "1.2.3"],
            ),
            (
                "https://[fd00::1]",
                &["fd00::1", "[fd00::1]", "[fd00::1]:443", "fd00::/8"],
                &["fd00::2", "[fd00::1]:80", "::1"],
            ),
        ] {
            for entry in entries {
                assert!(is_bypassed(host, entry), "{host} {entry:?}");
            }
            for entry in others {
                assert!(!is_bypassed(host, entry), "{host} {entry:?}");
            }
        }
    }
}
