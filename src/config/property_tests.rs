//! What holds of every environment, however it is filled.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use url::Url;
use zeroize::Zeroizing;

use crate::config::choice::Reading;
use crate::config::options::Options;
use crate::config::{Host, Settings, env};
use crate::error::{Error, ErrorCode};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_host_is_an_https_origin_or_one_of_loopback(text in host()) {
        let Ok(host) = Host::parse(&text) else { return Ok(()) };
        let url = Url::parse(host.as_str()).unwrap();
        prop_assert_eq!(url.origin().ascii_serialization(), host.as_str());
        prop_assert_eq!(host.is_plain(), url.scheme() == "http");
        match url.scheme() {
            "https" => {}
            "http" => {
                let name = url.host_str().unwrap();
                let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
                let is_local = name == "localhost" || name.ends_with(".localhost");
                prop_assert!(is_local || address.is_ok_and(|ip| ip.is_loopback()), "{}", host.as_str());
            }
            scheme => prop_assert!(false, "{scheme}"),
        }
        prop_assert_eq!(Host::parse(host.as_str()), Ok(host));
    }

    #[test]
    fn any_environment_is_a_configuration_or_an_error_that_names_variables_and_no_values(
        variables in environment(),
    ) {
        let settings = match read(&variables) {
            Ok(settings) => settings,
            Err(error) => {
                prop_assert!(matches!(error.code, ErrorCode::ConfigMissing | ErrorCode::ConfigInvalid));
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains("canary"), "{}", shown);
                prop_assert!(VARIABLES.iter().any(|name| shown.contains(name)), "{}", shown);
                return Ok(());
            }
        };
        let shown = format!("{settings:?}");
        prop_assert!(!shown.contains("canary_secret"), "{}", shown);
        prop_assert_eq!(read(&variables), Ok(settings));
    }
}

fn read(variables: &HashMap<&'static str, String>) -> Result<Settings, Error> {
    let read_file = &|_: &Path| Ok(Zeroizing::new(PROFILES.to_owned()));
    let options = &Options::default();
    let read = Reading { file: read_file, text: &|_| None };
    let process = env::Process { options, arguments: Vec::new, read, folder: None };
    env::read(|name| Ok::<_, Infallible>(variables.get(name).cloned()), process).unwrap()
}

fn host() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        "[a-z.-]{1,20}",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "127\\.[0-9]{1,3}\\.0\\.1",
        "\\[[0-9a-f:.]{2,20}\\]",
        "(\\[::1\\]|0x7f\\.1|2130706433|017700000001|\\[::ffff:127\\.0\\.0\\.1\\])",
        "[a-z]{0,4}\\.?localhost\\.?[a-z]{0,4}",
        "\\PC{1,10}",
    ];
    let whole = (
        "((HTTP|https?|ftp|file|ws|javascript):/{0,3})?",
        "([a-z:]{1,4}@)?",
        name,
        "(:[0-9]{0,6})?[/?#\\\\]?[ -~]{0,10}",
    );
    prop_oneof![
        3 => whole.prop_map(|(scheme, user, name, rest)| format!("{scheme}{user}{name}{rest}")),
        1 => any::<String>(),
    ]
}

/// Variables whose values contain "canary", but for those that are as they should be.
fn environment() -> impl Strategy<Value = HashMap<&'static str, String>> {
    let value = |name: &'static str| match name {
        "DATABRICKS_HOST" => {
            prop_oneof![Just("workspace.test".to_owned()), "(ht|f)tps?://canary[ -~]{0,10}"].boxed()
        }
        "LAKEBASE_ENDPOINT" => {
            prop_oneof![Just("projects/p/branches/b/endpoints/e".to_owned()), HOSTILE].boxed()
        }
        "HTTPS_PROXY" | "https_proxy" | "ALL_PROXY" | "all_proxy" => {
            prop_oneof!["http://user:canary_secret[a-z]{0,5}@proxy\\.test", HOSTILE].boxed()
        }
        "DATABRICKS_TOKEN" | "DATABRICKS_CLIENT_SECRET" => "canary_secret( ?)[!-~]{0,10}".boxed(),
        _ => prop_oneof![4 => HOSTILE, 1 => "\\s*"].boxed(),
    };
    let variable =
        prop::sample::select(&VARIABLES[..]).prop_flat_map(move |name| (Just(name), value(name)));
    vec(variable, 0..14).prop_map(|variables| variables.into_iter().collect())
}

const HOSTILE: &str = "[ -~]{0,10}canary\\PC{0,10}";

const PROFILES: &str = "[DEFAULT]\ntoken = canary_secret\n[p]\nhost = workspace.test\n\
                        client_secret = canary_secret\nclient_id = x\n";

const VARIABLES: [&str; 19] = [
    "DATABRICKS_AUTH_TYPE",
    "DATABRICKS_WORKSPACE_ID",
    "HOME",
    "NODE_ENV",
    "DATABRICKS_HOST",
    "LAKEBASE_ENDPOINT",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CLIENT_ID",
    "DATABRICKS_CLIENT_SECRET",
    "NODE_EXTRA_CA_CERTS",
    "NODE_USE_SYSTEM_CA",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];
