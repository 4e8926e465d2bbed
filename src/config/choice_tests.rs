//! Which identity is chosen, at which host, for what variables and profiles say: the rows of the Go and Python
//! SDKs' own choices, and where ours differ.

use std::convert::Infallible;
use std::path::Path;

use zeroize::Zeroizing;

use super::choice::Reading;
use super::env::{self, Process};
use super::id_token::IdTokenSource;
use super::labels::Label;
use super::options::{NamedIdentity, Options};
use super::text_file::Unread;
use super::{Identity, Settings};
use crate::error::{Error, ErrorCode};
use crate::secret::Secret;

const ENDPOINT: (&str, &str) = ("LAKEBASE_ENDPOINT", "projects/p/branches/b/endpoints/e");

const PROFILES: &str = "\
[DEFAULT]
host = d.test
token = d1
[p]
host = https://p.test/
token = p1
[sp]
host = s.test
client_id = s-id
client_secret = s-secret
scopes = b, a ,,a
[cli]
host = c.test
auth_type = databricks-cli
account_id = a
workspace_id = 77
token = c1
[bare]
host = b.test
workspace_id = none
[unified]
host = https://u.test/?o=123
token = u1
[azure]
host = z.test
auth_type = azure-cli
token = z1
[msi]
host = m.test
azure_use_msi = true
[yes]
host = y.test
azure_use_msi = yes
token = y1
[pat]
host = t.test
auth_type = pat
client_id = t-id
client_secret = t-secret
[half]
host = h.test
client_id = h-id
[hostless]
token = canary
[odd]
host = https://user:canary@o.test
token = canary
[twin]
host = https://p.test
[oidc]
host = o.test
client_id = o-id
databricks_id_token_filepath = /profile/token
[oidc-env]
host = o.test
client_id = o-id
oidc_token_env = MINE
";

/// What these variables choose in a home with that file.
fn choose(
    variables: &[(&str, &str)],
    profile: Option<&str>,
    file: Option<&str>,
) -> Result<Settings, Error> {
    let find = |name| {
        let found = variables.iter().chain(&[ENDPOINT]).find(|(other, _)| *other == name);
        Ok::<_, Infallible>(found.map(|(_, value)| (*value).to_owned()))
    };
    let read_file = &|path: &Path| match path.to_str() {
        Some("/home/.databrickscfg" | "/other/cfg" | "/home/x.cfg") => {
            file.map(|text| Zeroizing::new(text.to_owned())).ok_or(Unread::Missing)
        }
        Some("/tmp") => Err(Unread::NoFile),
        _ => Err(Unread::Missing),
    };
    let named = |name: &str| NamedIdentity::Profile(name.to_owned(), Label::option("--profile"));
    let options = &Options { identity: profile.map(named), ..Options::default() };
    let text = &|name: &str| {
        let found = variables.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| Secret::new((*value).to_owned()))
    };
    let read = Reading { file: read_file, text };
    let process = Process { options, arguments: Vec::new, read, folder: None };
    env::read(find, process).unwrap_or_else(|never| match never {})
}

const HOME: (&str, &str) = ("HOME", "/home");

/// The same, and what it comes to: host, identity, workspace.
fn chosen(variables: &[(&str, &str)], file: Option<&str>) -> Result<String, Error> {
    chosen_with(&[variables, &[HOME]].concat(), None, file)
}

fn chosen_with(
    variables: &[(&str, &str)],
    profile: Option<&str>,
    file: Option<&str>,
) -> Result<String, Error> {
    let Settings { config, supply, .. } = choose(variables, profile, file)?;
    let host = config.host.name();
    let identity = match config.identity {
        Identity::GivenToken(token) => format!("token {}", token.0.expose()),
        Identity::ClientCredentials { client_id, client_secret, scopes } => {
            let scopes = scopes.map(|scopes| format!(" for {scopes}")).unwrap_or_default();
            format!("pair {client_id} {}{scopes}", client_secret.expose())
        }
        Identity::Federation { client_id, whose, .. } => {
            let whose = whose.map(|claims| claims.subject).unwrap_or_default();
            let source = match supply {
                Some(IdTokenSource::File(path)) => path.display().to_string(),
                Some(IdTokenSource::Text(text)) => text.expose().to_owned(),
                Some(IdTokenSource::GitHub(issuer)) => format!("of {}", issuer.host.as_str()),
                None => String::new(),
            };
            format!("id token {source} of {}{whose}", client_id.unwrap_or_default())
        }
        Identity::IdTokensOfCallers { client_id, .. } => {
            format!("id tokens of callers, of {}", client_id.unwrap_or_default())
        }
        Identity::AccessTokensOfCallers { .. } => "access tokens of callers".to_owned(),
        Identity::DatabricksCli(login) => match login.profile {
            Some(profile) => format!("cli {profile} of {}", login.file.display()),
            None => "cli".to_owned(),
        },
    };
    let workspace = config.workspace_id.map(|id| format!(", workspace {id}")).unwrap_or_default();
    Ok(format!("{host}: {identity}{workspace}"))
}

const H: (&str, &str) = ("DATABRICKS_HOST", "e.test");
const T: (&str, &str) = ("DATABRICKS_TOKEN", "e1");
const ID: (&str, &str) = ("DATABRICKS_CLIENT_ID", "e-id");
const GITHUB_URL: (&str, &str) =
    ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.test/token?api-version=2");
const GITHUB_TOKEN: (&str, &str) = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job");
const ID_TOKEN_FILE: (&str, &str) = ("DATABRICKS_OIDC_TOKEN_FILEPATH", "/token");
const ID_TOKEN_ENV: (&str, &str) = ("DATABRICKS_OIDC_TOKEN_ENV", "MINE");
const ID_TOKEN: (&str, &str) = ("DATABRICKS_OIDC_TOKEN", "jwt");
const MINE: (&str, &str) = ("MINE", "mine");
/// Of the subject "workload-1".
const JWT: &str = "e30.eyJpc3MiOiJpIiwic3ViIjoid29ya2xvYWQtMSIsImF1ZCI6ImEifQ.x";
const SECRET: (&str, &str) = ("DATABRICKS_CLIENT_SECRET", "e-secret");

fn profile(name: &str) -> (&str, &str) {
    ("DATABRICKS_CONFIG_PROFILE", name)
}

fn auth_type(name: &str) -> (&str, &str) {
    ("DATABRICKS_AUTH_TYPE", name)
}

#[test]
fn variables_and_profiles_choose_as_they_do_in_the_sdks() {
    for (row, variables, choice) in [
        ("S1", &[][..], "d.test: token d1"),
        ("S5", &[("ARM_CLIENT_ID", "x")], "d.test: token d1"),
        ("S6", &[("GOOGLE_CREDENTIALS", "x")], "d.test: token d1"),
        ("S7", &[("DATABRICKS_ACCOUNT_ID", "x")], "d.test: token d1"),
        ("S8", &[("DATABRICKS_WORKSPACE_ID", "5")], "d.test: token d1, workspace 5"),
        ("S9", &[auth_type("pat")], "d.test: token d1"),
        ("S10", &[profile("p")], "p.test: token p1"),
        ("S12", &[profile("p"), T], "p.test: token e1"),
        ("S13", &[profile("sp"), T], "s.test: token e1"),
        ("S14", &[profile("sp"), T, auth_type("oauth-m2m")], "s.test: pair s-id s-secret for a b"),
        ("S15", &[profile("cli"), T], "c.test: token e1, workspace 77"),
        ("S15, with a host", &[profile("cli"), T, H], "e.test: token e1"),
        ("S16", &[H, T, ID, SECRET], "e.test: token e1"),
        ("S17", &[H, T, ("ARM_CLIENT_ID", "x")], "e.test: token e1"),
        ("S18", &[H, T, ("GOOGLE_CREDENTIALS", "x")], "e.test: token e1"),
        ("S19", &[H, ID, SECRET, ("ARM_TENANT_ID", "x")], "e.test: pair e-id e-secret"),
        ("S20", &[H, ID, ID_TOKEN_FILE], "e.test: id token /token of e-id"),
        ("S21", &[H, ID, ID_TOKEN_ENV, MINE], "e.test: id token mine of e-id"),
        ("S22", &[H, ID, ID_TOKEN], "e.test: id token jwt of e-id"),
        ("S23", &[H, ID, ID_TOKEN_FILE, auth_type("file-oidc")], "e.test: id token /token of e-id"),
        ("Vercel", &[H, ID, ("VERCEL", "1")], "e.test: id tokens of callers, of e-id"),
        (
            "a laptop with the variable of Vercel",
            &[H, ID, ("VERCEL_OIDC_TOKEN", "jwt")],
            "e.test: id tokens of callers, of e-id",
        ),
        (
            "GitHub Actions",
            &[H, ID, GITHUB_URL, GITHUB_TOKEN],
            "e.test: id token of https://github.test of e-id",
        ),
        (
            "both",
            &[H, ID, GITHUB_URL, GITHUB_TOKEN, ("VERCEL", "1")],
            "e.test: id tokens of callers, of e-id",
        ),
        (
            "both, and the way of one",
            &[H, ID, GITHUB_URL, GITHUB_TOKEN, ("VERCEL", "1"), auth_type("github-oidc")],
            "e.test: id token of https://github.test of e-id",
        ),
        (
            "a platform beside a file",
            &[H, ID, ID_TOKEN_FILE, GITHUB_URL, GITHUB_TOKEN, ("VERCEL", "1")],
            "e.test: id token /token of e-id",
        ),
        (
            "a platform beside a pair",
            &[H, ID, SECRET, GITHUB_URL, GITHUB_TOKEN, ("VERCEL", "1")],
            "e.test: pair e-id e-secret",
        ),
        (
            "a platform beside a token",
            &[H, ID, T, GITHUB_URL, GITHUB_TOKEN, ("VERCEL", "1")],
            "e.test: token e1",
        ),
        (
            "S24",
            &[H, ID, ("DATABRICKS_OIDC_TOKEN_FILE", "/token")],
            "e.test: id token /token of e-id",
        ),
        (
            "a file goes before a variable",
            &[H, ID, ID_TOKEN_FILE, ID_TOKEN],
            "e.test: id token /token of e-id",
        ),
        (
            "a type chooses",
            &[H, ID, ID_TOKEN_FILE, ID_TOKEN, auth_type("env-oidc")],
            "e.test: id token jwt of e-id",
        ),
        ("a token goes before an ID token", &[H, T, ID, ID_TOKEN], "e.test: token e1"),
        (
            "a pair goes before an ID token",
            &[H, ID, SECRET, ID_TOKEN],
            "e.test: pair e-id e-secret",
        ),
        (
            "without a client id",
            &[H, ("DATABRICKS_OIDC_TOKEN", JWT)],
            &format!("e.test: id token {JWT} of workload-1"),
        ),
        ("of a profile", &[profile("oidc")], "o.test: id token /profile/token of o-id"),
        (
            "of a variable that a profile names",
            &[profile("oidc-env"), MINE],
            "o.test: id token mine of o-id",
        ),
        (
            "to the host of a profile",
            &[profile("bare"), ID, ID_TOKEN],
            "b.test: id token jwt of e-id",
        ),
        ("S25", &[("DATABRICKS_HOST", "")], "d.test: token d1"),
        ("S26", &[("DATABRICKS_TOKEN", " ")], "d.test: token d1"),
        ("S27", &[profile("")], "d.test: token d1"),
        ("S28, complete", &[profile(" nope "), H, T], "e.test: token e1"),
        ("S30, complete", &[profile("nope"), H, ID, SECRET], "e.test: pair e-id e-secret"),
        ("S32, complete", &[("DATABRICKS_CONFIG_FILE", "/no"), H, T], "e.test: token e1"),
        ("S31", &[("DATABRICKS_CONFIG_FILE", "~/x.cfg")], "d.test: token d1"),
        ("S34", &[("DATABRICKS_CONFIG_FILE", "")], "d.test: token d1"),
        ("S35", &[profile("unified")], "u.test: token u1, workspace 123"),
        ("S36", &[profile("yes")], "y.test: token y1"),
        ("S37", &[profile("sp")], "s.test: pair s-id s-secret for a b"),
        ("S38", &[profile("bare")], "b.test: cli bare of /home/.databrickscfg"),
        ("a login", &[profile("cli")], "c.test: cli cli of /home/.databrickscfg, workspace 77"),
        ("the same host", &[profile("p"), ("DATABRICKS_HOST", "p.test")], "p.test: token p1"),
        (
            "the same host, and its workspace",
            &[profile("cli"), ("DATABRICKS_HOST", "https://c.test:443/?o=1")],
            "c.test: cli cli of /home/.databrickscfg, workspace 77",
        ),
        ("a pair of variables", &[profile("p"), ID, SECRET], "p.test: pair e-id e-secret"),
        ("half a pair of variables", &[profile("sp"), ID], "s.test: pair e-id s-secret for a b"),
        ("half a pair beside a token", &[profile("p"), ID], "p.test: token p1"),
        (
            "a type that is obeyed",
            &[H, T, ID, SECRET, auth_type("oauth-m2m")],
            "e.test: pair e-id e-secret",
        ),
        ("a login beside a token", &[H, T, auth_type("databricks-cli")], "e.test: cli"),
        (
            "a login of a profile beside a token",
            &[profile("p"), T, auth_type("databricks-cli")],
            "p.test: cli p of /home/.databrickscfg",
        ),
        ("a type beside a token", &[H, T, auth_type("azure-cli")], "e.test: token e1"),
        ("a type beside its token", &[H, T, auth_type("pat"), profile("gone")], "e.test: token e1"),
        (
            "a type beside its token, and a profile of the same host",
            &[("DATABRICKS_HOST", "c.test"), T, auth_type("pat"), profile("cli")],
            "c.test: token e1",
        ),
        (
            "a type beside its pair, and a profile with scopes",
            &[("DATABRICKS_HOST", "s.test"), ID, SECRET, auth_type("oauth-m2m"), profile("sp")],
            "s.test: pair e-id e-secret",
        ),
        ("no id of a workspace", &[H, T, ("DATABRICKS_WORKSPACE_ID", "\"1\"")], "e.test: token e1"),
        (
            "an unknown type beside a pair",
            &[H, ID, SECRET, auth_type("x")],
            "e.test: pair e-id e-secret",
        ),
        ("a token goes before a profile's type", &[profile("azure"), T], "z.test: token e1"),
        (
            "a type goes before a profile's",
            &[profile("cli"), auth_type("pat")],
            "c.test: token c1, workspace 77",
        ),
        ("a host alone", &[H], "e.test: cli"),
        ("a host alone, in development", &[H, ("NODE_ENV", "development")], "e.test: cli"),
        (
            "a profile in production",
            &[profile("cli"), ("NODE_ENV", "production")],
            "c.test: cli cli of /home/.databrickscfg, workspace 77",
        ),
        ("part of another way", &[H, ("ARM_CLIENT_ID", "x"), ("ARM_USE_MSI", "no")], "e.test: cli"),
    ] {
        assert_eq!(chosen(variables, Some(PROFILES)).as_deref(), Ok(choice), "{row}");
    }
}

#[test]
fn what_cannot_be_chosen_is_told_by_name() {
    use ErrorCode::{ConfigInvalid, ConfigMissing};
    for (row, variables, code, parts) in [
        ("S3", &[T][..], ConfigMissing, &["DATABRICKS_HOST is not set"][..]),
        (
            "S4",
            &[ID],
            ConfigMissing,
            &["DATABRICKS_HOST is not set", "DATABRICKS_CLIENT_SECRET is not"],
        ),
        (
            "S11",
            &[profile("p"), H],
            ConfigInvalid,
            &["DATABRICKS_HOST is another host than that of profile p in ~/.databrickscfg"],
        ),
        (
            "S11, with a login",
            &[profile("cli"), H],
            ConfigInvalid,
            &["DATABRICKS_HOST is another host than that of profile cli"],
        ),
        (
            "S11, with half a pair",
            &[profile("sp"), H, ID],
            ConfigInvalid,
            &["DATABRICKS_HOST is another host than that of profile sp"],
        ),
        (
            "no host of its own",
            &[profile("hostless"), H],
            ConfigInvalid,
            &["profile hostless in ~/.databrickscfg has no host"],
        ),
        (
            "S28",
            &[profile("Dev")],
            ConfigInvalid,
            &[
                "~/.databrickscfg has no profile Dev, which DATABRICKS_CONFIG_PROFILE names",
                "DEFAULT, p, sp",
            ],
        ),
        (
            "S32",
            &[("DATABRICKS_CONFIG_FILE", "/no/such")],
            ConfigInvalid,
            &["there is no file /no/such, which DATABRICKS_CONFIG_FILE names"],
        ),
        (
            "S32, with a host",
            &[("DATABRICKS_CONFIG_FILE", "/no/such"), H],
            ConfigInvalid,
            &["there is no file /no/such"],
        ),
        ("S33", &[("DATABRICKS_CONFIG_FILE", "/tmp")], ConfigInvalid, &["/tmp is no regular file"]),
        (
            "a type that is not ours",
            &[H, auth_type("azure-cli")],
            ConfigInvalid,
            &[
                "DATABRICKS_AUTH_TYPE is azure-cli, which is not supported here",
                "pat, oauth-m2m, env-oidc, file-oidc, github-oidc and databricks-cli",
            ],
        ),
        (
            "an unknown type",
            &[H, auth_type("canary")],
            ConfigInvalid,
            &[
                "DATABRICKS_AUTH_TYPE is none of pat, oauth-m2m, env-oidc, file-oidc, github-oidc and databricks-cli",
            ],
        ),
        (
            "a profile's type",
            &[profile("azure")],
            ConfigInvalid,
            &[
                "auth_type of profile azure in ~/.databrickscfg is azure-cli, which is not supported here",
            ],
        ),
        (
            "a profile without a host",
            &[profile("hostless")],
            ConfigInvalid,
            &["profile hostless in ~/.databrickscfg has no host. Set host of profile hostless"],
        ),
        (
            "a profile whose host is none",
            &[profile("odd"), H],
            ConfigInvalid,
            &["host of profile odd in ~/.databrickscfg contains a user name or password"],
        ),
        (
            "a profile's own way",
            &[profile("msi")],
            ConfigInvalid,
            &["profile msi in ~/.databrickscfg", "azure-msi"],
        ),
        (
            "a type without its token",
            &[H, auth_type("pat")],
            ConfigMissing,
            &["DATABRICKS_AUTH_TYPE asks for DATABRICKS_TOKEN"],
        ),
        (
            "a type without its secret",
            &[H, ID, auth_type("oauth-m2m")],
            ConfigMissing,
            &["DATABRICKS_AUTH_TYPE asks for DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET"],
        ),
        (
            "a profile without what its type asks for",
            &[profile("pat")],
            ConfigInvalid,
            &["auth_type of profile pat in ~/.databrickscfg asks for token"],
        ),
        (
            "half a pair",
            &[profile("half")],
            ConfigInvalid,
            &["client_id of profile half in ~/.databrickscfg is set but client_secret is not"],
        ),
        (
            "another way, completely set",
            &[H, ("GOOGLE_CREDENTIALS", "canary")],
            ConfigInvalid,
            &["google-credentials", "not supported here"],
        ),
        (
            "a host alone in production",
            &[("DATABRICKS_HOST", "p.test"), ("NODE_ENV", "production")],
            ConfigMissing,
            &[
                "neither DATABRICKS_TOKEN nor DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET is set",
                "profiles \"p\", \"twin\" of ~/.databrickscfg are for this host: DATABRICKS_CONFIG_PROFILE=p",
            ],
        ),
        (
            "a login for a host in production",
            &[H, auth_type("databricks-cli"), ("NODE_ENV", "production")],
            ConfigInvalid,
            &["DATABRICKS_AUTH_TYPE asks for the Databricks CLI, and no profile of it is named"],
        ),
        ("S28, untrimmed", &[profile(" p ")], ConfigInvalid, &["has no profile  p , which"]),
        (
            "the settings for a profile",
            &[profile("__settings__")],
            ConfigInvalid,
            &["keeps its settings"],
        ),
    ] {
        let error = chosen(variables, Some(PROFILES)).expect_err(row);
        let shown = format!("{error}");
        assert_eq!(error.code, code, "{row}: {shown}");
        for part in parts {
            assert!(shown.contains(part), "{row}: {shown}");
        }
        assert!(!shown.contains("canary"), "{row}: {shown}");
    }
}

#[test]
fn a_file_that_is_not_there_is_missed_only_where_it_is_named() {
    for (variables, part) in [
        (
            &[profile("p")][..],
            "there is no file ~/.databrickscfg, and DATABRICKS_CONFIG_PROFILE names the profile p",
        ),
        (&[], "DATABRICKS_HOST is not set"),
    ] {
        let shown = chosen(variables, None).expect_err(part).to_string();
        assert!(shown.contains(part), "{shown}");
    }
    assert_eq!(chosen(&[H, T], None).as_deref(), Ok("e.test: token e1"));
}

#[test]
fn profiles_that_nobody_names_are_told_where_nothing_else_is_set() {
    let file = "[p]\nhost = p.test\ntoken = p1\n[q]\nhost = q.test\n[r]\ntoken = canary\n";
    let error = chosen(&[], Some(file)).expect_err("nobody names one");
    assert_eq!(error.code, ErrorCode::ConfigMissing);
    let part = "profiles \"p\", \"q\" of ~/.databrickscfg are named by nobody: \
                DATABRICKS_CONFIG_PROFILE=p";
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn no_file_is_read_where_the_variables_are_enough() {
    let read_file: super::text_file::ReadFile<'_> = &|path| panic!("{} is read", path.display());
    for way in ["", "pat", "oauth-m2m", "azure-cli", "nonsense"] {
        for profile in ["", "p"] {
            let set = [H, T, ID, SECRET, HOME, ENDPOINT, auth_type(way), self::profile(profile)];
            let find = |name| {
                let found = set.iter().find(|(other, _)| *other == name);
                Ok::<_, Infallible>(found.map(|(_, value)| (*value).to_owned()))
            };
            let options = &Options::default();
            let read = Reading { file: read_file, text: &|_| None };
            let process = Process { options, arguments: Vec::new, read, folder: None };
            let settings = env::read(find, process).unwrap_or_else(|never| match never {});
            assert!(settings.is_ok(), "{way} {profile}");
        }
    }
}

#[test]
fn without_a_home_folder_only_what_needs_one_fails() {
    let without_home = |variables| chosen_with(variables, None, Some(PROFILES));
    assert_eq!(without_home(&[H, T]).as_deref(), Ok("e.test: token e1"));
    assert_eq!(without_home(&[H]).as_deref(), Ok("e.test: cli"));
    for (variables, code, part) in [
        (&[][..], ErrorCode::ConfigMissing, "DATABRICKS_HOST is not set"),
        (&[profile("p")], ErrorCode::ConfigInvalid, "HOME is not set"),
        (&[("DATABRICKS_CONFIG_FILE", "~/x")], ErrorCode::ConfigInvalid, "HOME is not set"),
    ] {
        let error = without_home(variables).expect_err(part);
        assert_eq!(error.code, code, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_profile_that_code_names_goes_before_every_variable() {
    let all =
        [HOME, H, T, ID, SECRET, auth_type("pat"), profile("sp"), ("DATABRICKS_WORKSPACE_ID", "5")];
    for (name, choice) in [
        ("p", "p.test: token p1"),
        ("sp", "s.test: pair s-id s-secret for a b"),
        ("cli", "c.test: cli cli of /home/.databrickscfg, workspace 77"),
        ("unified", "u.test: token u1, workspace 123"),
    ] {
        assert_eq!(chosen_with(&all, Some(name), Some(PROFILES)).as_deref(), Ok(choice));
    }
    let error = chosen_with(&all, Some("nope"), Some(PROFILES)).expect_err("missing");
    assert!(error.to_string().contains("has no profile nope, which --profile names"), "{error}");
    let whole = "make it: databricks auth login --profile nope --host <workspace URL>.";
    assert!(error.to_string().ends_with(whole), "{error}");
    let error = chosen_with(&[HOME], Some("nope"), None).expect_err("no file");
    assert!(error.to_string().to_lowercase().ends_with(&whole.to_lowercase()), "{error}");
}

#[test]
fn the_files_own_default_counts_where_nobody_names_one() {
    let settings = "[__settings__]\ndefault_profile = ";
    for (default, choice) in [
        ("p", Ok("p.test: token p1")),
        ("", Ok("d.test: token d1")),
        ("gone", Err("default_profile in its [__settings__]")),
    ] {
        let file = format!("{PROFILES}{settings}{default}\n");
        match (chosen(&[], Some(&file)), choice) {
            (Ok(chosen), Ok(choice)) => assert_eq!(chosen, choice),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (chosen, choice) => panic!("{chosen:?} {choice:?}"),
        }
    }
    // What `databricks auth login --profile dev` writes.
    let file = "[DEFAULT]\n\n[dev]\nhost = v.test\nworkspace_id = 9\nauth_type = databricks-cli\n\
                [__settings__]\ndefault_profile = dev\n";
    let choice = "v.test: cli dev of /home/.databrickscfg, workspace 9";
    assert_eq!(chosen(&[], Some(file)).as_deref(), Ok(choice));
}

#[test]
fn a_line_that_cannot_be_read_is_told_without_its_text() {
    let file = "[p]\nhost = p.test\ncanary\n";
    let error = chosen(&[profile("p")], Some(file)).expect_err("no delimiter");
    assert_eq!(error.code, ErrorCode::ConfigInvalid);
    assert_eq!(
        error.to_string(),
        "line 3 of ~/.databrickscfg cannot be read: it has neither = nor :. Correct line 3 of \
         ~/.databrickscfg."
    );
}

#[test]
fn what_was_set_is_called_by_where_it_stands() {
    let set = choose(&[profile("sp"), HOME], None, Some(PROFILES)).expect("complete");
    let Settings { labels, .. } = set;
    let of = |key| format!("{key} of profile sp in ~/.databrickscfg");
    assert_eq!(labels.host.to_string(), of("host"));
    assert_eq!(labels.identity.name.to_string(), of("client_id"));
    assert_eq!(labels.identity.proof.to_string(), of("client_secret"));
    let place = labels.identity.profile.expect("a profile's");
    assert_eq!(
        (place.name.as_str(), place.file.as_str(), place.line),
        ("sp", "~/.databrickscfg", 7)
    );
    let set = choose(&[profile("unified"), HOME], None, Some(PROFILES)).expect("complete");
    let workspace = set.labels.workspace_id.expect("in the address").to_string();
    assert_eq!(workspace, "the workspace's id in host of profile unified in ~/.databrickscfg");
}

#[test]
fn logins_of_other_files_are_others() {
    let login = |file| {
        let variables = [HOME, profile("cli"), ("DATABRICKS_CONFIG_FILE", file)];
        choose(&variables, None, Some(PROFILES)).expect("complete").config.identity
    };
    assert_ne!(login("/other/cfg"), login(""));
    assert_eq!(login("~/.databrickscfg"), login(""));
}
