//! Where variables are read, and how they make [`Settings`].

use std::path::PathBuf;

use super::choice::{self, Reading, choose};
use super::chosen::Selected;
use super::host::check_workspace_id;
use super::labels::{Label, Labelled, Labels, NetworkLabels};
use super::network::{Network, RootsPath, proxy_url};
use super::no_proxy::is_bypassed;
use super::node_options;
use super::options::{NamedIdentity, Options, option};
use super::problems::Problems;
use super::profiles::HOME;
use super::variables::{HOST, PROFILE};
use super::{Address, Config, Host, Settings, check_endpoint, store};
use crate::error::Error;

/// Of a host that serves several.
pub(crate) const WORKSPACE_ID: &str = "DATABRICKS_WORKSPACE_ID";
const ENDPOINT: &str = "LAKEBASE_ENDPOINT";

/// Node's own: <https://nodejs.org/api/cli.html#node_extra_ca_certsfile>.
pub(crate) const EXTRA_CA_CERTS: &str = "NODE_EXTRA_CA_CERTS";
pub(crate) const USE_SYSTEM_CA: &str = "NODE_USE_SYSTEM_CA";
const NODE_OPTIONS: &str = "NODE_OPTIONS";
/// OpenSSL's: a file, and folders separated as in `PATH`.
const CERT_FILE: &str = "SSL_CERT_FILE";
const CERT_DIR: &str = "SSL_CERT_DIR";
/// In the order of curl and of Node: the lower case first.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const NO_PROXIES: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// Where a shell says that it started a program.
const WORKING_FOLDER: &str = "PWD";

/// What is set besides variables.
pub(crate) struct Process<'a, O> {
    /// What code or a command line says.
    pub options: &'a Options,
    /// The arguments of Node itself (`process.execArgv`); only asked if need be.
    pub arguments: O,
    /// How what variables name is read; only asked if need be.
    pub read: Reading<'a>,
    /// The folder in which the package was loaded, the earliest that is known.
    pub folder: Option<PathBuf>,
}

/// Reads the settings, given a way to read one variable.
///
/// A value is trimmed; an empty one counts as unset. `E` is how reading itself can go wrong.
///
/// # Errors
///
/// The outer error is the reader's. The inner one is `CONFIG_MISSING` or `CONFIG_INVALID`, and
/// names every variable concerned, not only the first.
pub(crate) fn read<E, T: AsRef<str>>(
    mut variable: impl FnMut(&'static str) -> Result<Option<T>, E>,
    process: Process<'_, impl FnOnce() -> Vec<String>>,
) -> Result<Result<Settings, Error>, E> {
    let mut set = |name| {
        let Some(text) = variable(name)? else { return Ok(None) };
        let (text, trimmed) = (text.as_ref(), text.as_ref().trim());
        if trimmed.is_empty() {
            return Ok(None);
        }
        // A profile may be called anything, and so may a folder.
        let value = if matches!(name, PROFILE | HOME) { text } else { trimmed }.to_owned();
        Ok(Some(Labelled { value, label: Label::variable(name) }))
    };
    let options = process.options;
    let choice = choose(&mut set, options, process.read)?;
    let mut problems = Problems::default();
    let shared = store::read(&mut set, process.read.text, &mut problems)?;
    let parse = |text: String| Address::parse(&text);
    let address = match choice.host {
        choice::Host::Set(host) => problems.required(HOST, Some(host), parse),
        choice::Host::Unset => problems.required(HOST, None, parse),
        choice::Host::Unknown => None,
    };
    // The variable goes with the host of variables.
    let is_elsewhere =
        options.host.is_some() || matches!(options.identity, Some(NamedIdentity::Profile(..)));
    let of_variable = if is_elsewhere { None } else { set(WORKSPACE_ID)? };
    let of_code = problems.workspace(option("workspaceId", options.workspace_id.as_ref()));
    let ids = [of_code, of_variable, choice.workspace_id];
    let workspace_id = workspace_id(ids, address.as_ref());
    let endpoint = match option("endpoint", options.endpoint.as_ref()) {
        Some(endpoint) => Some(endpoint),
        None => set(ENDPOINT)?,
    };
    let endpoint = problems.required(ENDPOINT, endpoint, check_endpoint);
    let identity = problems.identity(choice.identity);
    // Plain http is for loopback only, and is answered without certificates or proxies.
    let encrypted = address.as_ref().map(|address| &address.value.host).filter(|h| !h.is_plain());
    let network = if encrypted.is_some() || shared.is_some() {
        network(encrypted, &mut set, process, &mut problems)?
    } else {
        Some(Default::default())
    };
    Ok(match (address, endpoint, identity, network) {
        (Some(address), Some(endpoint), Some(selected), Some((network, way)))
            if problems.are_none() =>
        {
            let Selected { identity, labels: who, supply } = selected;
            let (store, store_labels) =
                shared.map(|shared| shared.of(&identity, (&network, &way))).unzip();
            let (network, way) = match address.value.host.is_plain() {
                true => Default::default(),
                false => (network, way),
            };
            let (host, host_label) = (address.value.host, address.label);
            let (workspace_id, workspace_label) =
                workspace_id.map(|id| (id.value, id.label)).unzip();
            let (endpoint, endpoint_label) = (endpoint.value, endpoint.label);
            Ok(Settings {
                supply,
                config: Config {
                    host,
                    workspace_id,
                    endpoint,
                    identity,
                    lifetime: options.lifetime,
                    claims: options.claims.clone(),
                    network,
                    store: store.flatten(),
                },
                labels: Labels {
                    host: host_label,
                    workspace_id: workspace_label,
                    endpoint: endpoint_label,
                    identity: who,
                    network: way,
                    store: store_labels,
                },
            })
        }
        _ => Err(problems.into_error()),
    })
}

/// Which workspace of the host is meant, if that is said: by the first of `ids`, or else by the address.
/// What is none counts as unset, as in an address: most hosts need none, and did without.
fn workspace_id(
    ids: [Option<Labelled<String>>; 3],
    address: Option<&Labelled<Address>>,
) -> Option<Labelled<String>> {
    let checked = |Labelled { value, label }| {
        let value = check_workspace_id(value)?;
        Some(Labelled { value, label })
    };
    ids.into_iter().flatten().find_map(checked).or_else(|| {
        let Labelled { value: Address { workspace_id, .. }, label } = address?;
        let value = workspace_id.clone()?;
        Some(Labelled { value, label: label.part("the workspace's id") })
    })
}

/// Whom to trust; and how to reach `host`, if that has to be encrypted.
fn network<E>(
    host: Option<&Host>,
    set: &mut impl FnMut(&'static str) -> Result<Option<Labelled<String>>, E>,
    process: Process<'_, impl FnOnce() -> Vec<String>>,
    problems: &mut Problems,
) -> Result<Option<(Network, NetworkLabels)>, E> {
    let (extra_roots, root_labels) = extra_roots(set, process.folder)?.into_iter().unzip();
    let system_roots = system_roots(set, process.arguments)?;
    let bypass = first(set, &NO_PROXIES)?;
    let is_direct = host
        .is_none_or(|host| bypass.is_some_and(|hosts| is_bypassed(host.as_str(), &hosts.value)));
    let proxy = if is_direct { None } else { first(set, &PROXIES)? };
    let proxy = proxy.map_or(Some(None), |url| problems.checked(url, proxy_url).map(Some));
    Ok(proxy.map(|proxy| {
        let trusts_system = system_roots.is_some();
        let (proxy, proxy_label) = proxy.map(|url| (url.value, url.label)).unzip();
        (
            Network { extra_roots, trusts_system, proxy },
            NetworkLabels { extra_roots: root_labels, system_roots, proxy: proxy_label },
        )
    }))
}

/// What has the system's certificates trusted, if anything has. As in Node an option wins.
fn system_roots<E>(
    set: &mut impl FnMut(&'static str) -> Result<Option<Labelled<String>>, E>,
    options: impl FnOnce() -> Vec<String>,
) -> Result<Option<Label>, E> {
    let node_options = set(NODE_OPTIONS)?.map(|options| options.value).unwrap_or_default();
    Ok(match node_options::trusts_system(&node_options, &options()) {
        Some(true) => Some(Label::option(node_options::USE_SYSTEM_CA)),
        Some(false) => None,
        None => set(USE_SYSTEM_CA)?.filter(|switch| switch.value == "1").map(|set| set.label),
    })
}

fn extra_roots<E>(
    set: &mut impl FnMut(&'static str) -> Result<Option<Labelled<String>>, E>,
    folder: Option<PathBuf>,
) -> Result<Vec<(RootsPath, Label)>, E> {
    let mut paths: Vec<(PathBuf, Label)> = Vec::new();
    for variable in [EXTRA_CA_CERTS, CERT_FILE] {
        paths.extend(set(variable)?.map(|file| (file.value.into(), file.label)));
    }
    if let Some(folders) = set(CERT_DIR)? {
        let all = std::env::split_paths(&folders.value);
        paths.extend(all.map(|path| (path, folders.label.clone())));
    }
    let folders = if paths.iter().any(|(path, _)| path.is_relative()) {
        let shells = set(WORKING_FOLDER)?.map(|shells| PathBuf::from(shells.value));
        let mut folders: Vec<PathBuf> = folder.into_iter().chain(shells).collect();
        folders.retain(|folder| folder.is_absolute());
        folders.dedup();
        folders
    } else {
        Vec::new()
    };
    let folders_of = |path: &PathBuf| if path.is_relative() { folders.clone() } else { Vec::new() };
    let roots = paths.into_iter().map(|(path, label)| {
        let folders = folders_of(&path);
        (RootsPath { path, folders }, label)
    });
    Ok(roots.collect())
}

/// The first of `variables` that is set.
fn first<E>(
    set: &mut impl FnMut(&'static str) -> Result<Option<Labelled<String>>, E>,
    variables: &[&'static str],
) -> Result<Option<Labelled<String>>, E> {
    for variable in variables {
        if let Some(value) = set(variable)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Identity;
    use crate::config::text_file::Unread;
    use crate::config::variables::{CLIENT_ID, CLIENT_SECRET, TOKEN};
    use crate::error::ErrorCode;
    use crate::testing::{settings, settings_of};

    /// What these variables say, beside an environment that is complete.
    fn with(changes: &[(&'static str, &'static str)]) -> Result<Settings, Error> {
        settings(&complete(changes))
    }

    fn complete<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[(CLIENT_ID, "client-1"), (CLIENT_SECRET, "secret-1")], changes].concat()
    }

    #[test]
    fn client_credentials_are_read() {
        let Settings { config, labels, .. } = with(&[]).expect("complete");
        assert_eq!(config.host.as_str(), "https://workspace.test");
        assert_eq!(config.endpoint, "projects/p/branches/b/endpoints/e");
        assert!(matches!(config.identity, Identity::ClientCredentials { client_id, .. }
            if client_id == "client-1"));
        assert_eq!(labels.host, Label::variable(HOST));
        assert_eq!(labels.endpoint, Label::variable(ENDPOINT));
        assert_eq!(labels.identity.name, Label::variable(CLIENT_ID));
        assert_eq!(labels.identity.proof, Label::variable(CLIENT_SECRET));
    }

    #[test]
    fn a_given_token_wins_over_client_credentials() {
        let Settings { config, labels, .. } = with(&[(TOKEN, "token-1")]).expect("complete");
        assert!(matches!(config.identity, Identity::GivenToken(_)));
        assert_eq!(labels.identity.proof, Label::variable(TOKEN));
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
                 or set DATABRICKS_TOKEN, or log in with `databricks auth login` and set \
                 DATABRICKS_CONFIG_PROFILE in the environment of this process.",
            ),
            (
                &[(CLIENT_SECRET, "")],
                ConfigMissing,
                "DATABRICKS_CLIENT_ID is set but DATABRICKS_CLIENT_SECRET is not. Set both \
                 DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set DATABRICKS_TOKEN, or log in \
                 with `databricks auth login` and set DATABRICKS_CONFIG_PROFILE in the environment of \
                 this process.",
            ),
            (
                &[(CLIENT_ID, "")],
                ConfigMissing,
                "DATABRICKS_CLIENT_SECRET is set but DATABRICKS_CLIENT_ID is not. Set both \
                 DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set DATABRICKS_TOKEN, or log in \
                 with `databricks auth login` and set DATABRICKS_CONFIG_PROFILE in the environment of \
                 this process.",
            ),
            (
                &[(HOST, ""), (ENDPOINT, "projects/p/branches/b")],
                ConfigMissing,
                "DATABRICKS_HOST is not set; LAKEBASE_ENDPOINT is not of the form \
                 projects/<project>/branches/<branch>/endpoints/<endpoint>, as `databricks postgres \
                 list-endpoints projects/<project>/branches/<branch>` prints it. Set DATABRICKS_HOST; \
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
        let set = with(&[
            ("NODE_EXTRA_CA_CERTS", "/extra.pem"),
            ("SSL_CERT_FILE", "/file.pem"),
            ("SSL_CERT_DIR", "/one:/two"),
            ("NODE_USE_SYSTEM_CA", "1"),
            ("https_proxy", ""),
            ("HTTPS_PROXY", "proxy.test:3128"),
            ("ALL_PROXY", "other.test"),
            ("NO_PROXY", "intern.test"),
        ]);
        let Settings { config: Config { network, .. }, labels, .. } = set.expect("complete");
        let paths: Vec<_> = network.extra_roots.iter().map(|roots| roots.path.to_str()).collect();
        assert_eq!(paths, ["/extra.pem", "/file.pem", "/one", "/two"].map(Some));
        let names = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CERT_DIR"];
        assert_eq!(labels.network.extra_roots, names.map(Label::variable));
        assert!(network.trusts_system);
        assert_eq!(labels.network.system_roots, Some(Label::variable("NODE_USE_SYSTEM_CA")));
        let proxy = network.proxy.expect("set");
        assert_eq!(labels.network.proxy, Some(Label::variable("HTTPS_PROXY")));
        assert_eq!(proxy.expose(), "http://proxy.test:3128");
    }

    #[test]
    fn a_proxy_that_is_bypassed_is_as_good_as_none() {
        for (proxy, no_proxy) in [("proxy.test", "*.test"), ("socks5://p", "workspace.test:443")] {
            let set = with(&[("HTTPS_PROXY", proxy), ("NO_PROXY", no_proxy)]);
            let Settings { config, labels, .. } = set.expect("complete");
            assert_eq!(config.network, Network::default());
            assert_eq!(labels.network.proxy, None);
        }
    }

    #[test]
    fn the_systems_certificates_are_trusted_in_every_way_that_node_has() {
        let option = Some(Label::option("--use-system-ca"));
        let variable = Some(Label::variable("NODE_USE_SYSTEM_CA"));
        for (node_options, switch, argument, expected) in [
            ("", "", "", None),
            ("", "0", "", None),
            ("", "1", "", variable.clone()),
            ("--use-system-ca", "", "", option.clone()),
            ("", "", "--use-system-ca", option),
            ("--no-use-system-ca", "1", "", None),
            ("--inspect", "1", "--inspect", variable),
        ] {
            let variables = [("NODE_OPTIONS", node_options), ("NODE_USE_SYSTEM_CA", switch)];
            let set = settings_of(&complete(&variables), &[argument], None).expect("complete");
            assert_eq!(set.config.network.trusts_system, expected.is_some());
            assert_eq!(set.labels.network.system_roots, expected);
        }
    }

    #[test]
    fn a_relative_path_is_looked_for_where_the_process_began() {
        let roots = |folder: Option<&str>, shells: &'static str| {
            let variables = [("SSL_CERT_DIR", "certs:/etc/certs"), ("PWD", shells)];
            let set = settings_of(&complete(&variables), &[], folder).expect("complete");
            let [relative, absolute] = &set.config.network.extra_roots[..] else { panic!("two") };
            assert!(absolute.folders.is_empty());
            relative.folders.clone()
        };
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(roots(Some("/import"), "/shell"), paths(&["/import", "/shell"]));
        assert_eq!(roots(Some("/app"), "/app"), paths(&["/app"]));
        assert_eq!(roots(None, "not/absolute"), paths(&[]));
    }

    #[test]
    fn plain_loopback_goes_through_no_proxy() {
        let set = with(&[(HOST, "http://127.0.0.1:1"), ("HTTPS_PROXY", "proxy.test")]);
        let Settings { config, labels, .. } = set.expect("complete");
        assert_eq!(config.network, Network::default());
        assert_eq!(labels.network, NetworkLabels::default());
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
        let reading = Reading { file: &|_| Err(Unread::Missing), text: &|_| None };
        let options = &Options::default();
        let process = Process { options, arguments: Vec::new, read: reading, folder: None };
        assert_eq!(read(|_| Err::<Option<String>, _>("thrown"), process), Err("thrown"));
    }
}
