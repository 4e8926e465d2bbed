//! An identity that was chosen, or why there is none.

use std::path::PathBuf;

use super::auth_type::{AuthType, OURS};
use super::excess::excess;
use super::host::Address;
use super::id_token::{IdTokenClaims, IdTokenSource};
use super::identity::{CliLogin, Identity};
use super::labels::{IdentityLabels, Label, Labelled, LastResort, ProfileLabel};
use super::options::label;
use super::platform::{GITHUB_TOKEN, GITHUB_URL, Vercel};
use super::problems::{Lack, NoIdentity};
use super::profile::list;
use super::profiles::Profile;
use super::variables::{CLIENT_ID, CLIENT_SECRET, HOST, TOKEN};
use crate::secret::{AccessToken, Secret};

/// An identity, what messages call it, and where its ID tokens come from if it takes any.
pub(super) struct Selected {
    pub identity: Identity,
    pub labels: IdentityLabels,
    pub supply: Option<IdTokenSource>,
}

pub(super) type Chosen = Result<Selected, NoIdentity>;

/// A token, if it can be sent.
pub(super) fn given(token: Labelled<String>, profile: Option<&ProfileLabel>) -> Chosen {
    let Labelled { value, label } = token;
    let is_sendable = value.bytes().all(|byte| byte.is_ascii_graphic());
    let problem = excess(&value).unwrap_or("contains characters that no access token has");
    let token = AccessToken(Secret::new(value));
    if !is_sendable {
        return Err(NoIdentity::Invalid(label, problem));
    }
    Ok(Selected {
        identity: Identity::GivenToken(token),
        labels: one_label(label, profile),
        supply: None,
    })
}

/// Client credentials.
pub(super) fn pair(
    id: Labelled<String>,
    secret: Labelled<String>,
    scopes: Option<Labelled<String>>,
    profile: Option<&ProfileLabel>,
) -> Selected {
    let labels = IdentityLabels {
        name: id.label,
        proof: secret.label,
        profile: profile.cloned(),
        last_resort: None,
    };
    let (client_id, client_secret) = (id.value, Secret::new(secret.value));
    let scopes = scopes_of(scopes);
    let identity = Identity::ClientCredentials { client_id, client_secret, scopes };
    Selected { identity, labels, supply: None }
}

/// A service principal's, or an account's, by ID tokens.
pub(super) fn federation(
    id: Option<Labelled<String>>,
    source: Labelled<IdTokenSource>,
    whose: Option<IdTokenClaims>,
    scopes: Option<Labelled<String>>,
    profile: Option<&ProfileLabel>,
) -> Selected {
    let Labelled { value: supply, label: proof } = source;
    let (client_id, name) = id.map(|id| (id.value, id.label)).unzip();
    let labels = IdentityLabels {
        name: name.unwrap_or_else(|| proof.clone()),
        proof,
        profile: profile.cloned(),
        last_resort: None,
    };
    let whose = if client_id.is_some() { None } else { whose };
    let audience = match &supply {
        IdTokenSource::GitHub(issuer) => issuer.audience.clone(),
        IdTokenSource::File(_) | IdTokenSource::Text(_) => None,
    };
    let scopes = scopes_of(scopes);
    let identity = Identity::Federation { client_id, whose, audience, scopes };
    Selected { identity, labels, supply: Some(supply) }
}

/// A service principal's, by the ID tokens of Vercel.
pub(super) fn of_vercel(id: Labelled<String>, vercel: &Vercel) -> Selected {
    let labels = IdentityLabels { name: id.label, ..one_label(vercel.label.clone(), None) };
    let identity =
        Identity::IdTokensOfCallers { client_id: Some(id.value), audience: None, whose: None };
    Selected { identity, labels, supply: vercel.besides.clone() }
}

/// One that code has named, by what callers give.
pub(super) fn of_code(identity: Identity) -> Selected {
    let is_direct = matches!(identity, Identity::AccessTokensOfCallers { .. });
    let has_client_id = matches!(identity, Identity::IdTokensOfCallers { client_id: Some(_), .. });
    let proof = label(if is_direct { "identity.accessToken" } else { "identity.idToken" });
    let name = if has_client_id { label("identity.clientId") } else { proof.clone() };
    let labels = IdentityLabels { name, ..one_label(proof, None) };
    Selected { identity, labels, supply: None }
}

fn scopes_of(set: Option<Labelled<String>>) -> Option<String> {
    set.map(|set| list(&set.value).join(" ")).filter(|scopes| !scopes.is_empty())
}

/// A login of the Databricks CLI with a profile.
pub(super) fn login_of(profile: &Profile, file: PathBuf) -> Chosen {
    let program = profile.get("databricks_cli_path").map(|set| set.value);
    let name = profile.label.name.clone();
    let login = CliLogin { profile: Some(name), file, workspace_id: None, program };
    let label = Label::Described(profile.label.to_string());
    let labels = one_label(label, Some(&profile.label));
    Ok(Selected { identity: Identity::DatabricksCli(login), labels, supply: None })
}

/// A login of the Databricks CLI for the host that is set.
pub(super) fn login_for(
    host: Option<&Labelled<String>>,
    file: PathBuf,
    last_resort: Option<LastResort>,
) -> Chosen {
    let address = host.and_then(|host| Address::parse(&host.value).ok());
    let workspace_id = address.and_then(|address| address.workspace_id);
    let login = CliLogin { profile: None, file, workspace_id, program: None };
    let labels = IdentityLabels { last_resort, ..one_label(Label::variable(HOST), None) };
    Ok(Selected { identity: Identity::DatabricksCli(login), labels, supply: None })
}

/// Where one setting says who it is and proves it.
fn one_label(label: Label, profile: Option<&ProfileLabel>) -> IdentityLabels {
    IdentityLabels {
        name: label.clone(),
        proof: label,
        profile: profile.cloned(),
        last_resort: None,
    }
}

/// What was asked for by `label` is not set.
pub(super) fn lacks(kind: AuthType, label: &Label, profile: Option<&Profile>) -> NoIdentity {
    let names: &[(&'static str, &str)] = match kind {
        AuthType::Pat => &[(TOKEN, "token")],
        AuthType::OauthM2m => &[(CLIENT_ID, "client_id"), (CLIENT_SECRET, "client_secret")],
        AuthType::EnvOidc => &[("DATABRICKS_OIDC_TOKEN", "oidc_token_env")],
        AuthType::FileOidc => &[("DATABRICKS_OIDC_TOKEN_FILEPATH", ID_TOKEN_FILE_KEYS[0])],
        AuthType::GitHubOidc => {
            &[(CLIENT_ID, "client_id"), (GITHUB_URL, GITHUB_URL), (GITHUB_TOKEN, GITHUB_TOKEN)]
        }
        AuthType::DatabricksCli => &[],
    };
    let missing = names.iter().filter(|(_, key)| profile.is_none_or(|profile| !profile.has(key)));
    let missing: Vec<&str> =
        missing.map(|(variable, key)| if profile.is_some() { *key } else { *variable }).collect();
    let all = missing.join(" and ");
    match profile {
        Some(profile) => unusable(
            format!("{label} asks for {all}, which {} does not have", profile.label),
            format!("add {all} to it"),
        ),
        None => NoIdentity::Other {
            lack: Lack::Unset,
            clause: match names {
                [(name, _)] => format!("{label} asks for {name}, which is not set"),
                [_, _] => format!("{label} asks for {}, which are not both set", names_of(names)),
                _ => format!("{label} asks for {}, which are not all set", names_of(names)),
            },
            advice: format!("set {}", names_of(names)),
        },
    }
}

fn names_of(names: &[(&'static str, &str)]) -> String {
    let names: Vec<&str> = names.iter().map(|(variable, _)| *variable).collect();
    names.join(" and ")
}

/// Of a pair there is only one in the profile.
pub(super) fn half_pair(half: &Label, profile: &Profile) -> NoIdentity {
    let other = if profile.has("client_id") { "client_secret" } else { "client_id" };
    unusable(format!("{half} is set but {other} is not"), format!("add {other} to it"))
}

/// A way that the SDKs have, or nobody.
pub(super) fn unsupported(label: &Label, why: &str) -> NoIdentity {
    unusable(
        format!("{label} {why}"),
        format!("use one of {OURS}, or set {TOKEN} or {CLIENT_ID} with {CLIENT_SECRET}"),
    )
}

/// Something is set that cannot be used.
pub(super) fn unusable(clause: String, advice: String) -> NoIdentity {
    NoIdentity::Other { lack: Lack::Unusable, clause, advice }
}

/// That of the SDKs for Go and JavaScript, and that of Python's.
pub(super) const ID_TOKEN_FILE_KEYS: [&str; 2] =
    ["databricks_id_token_filepath", "oidc_token_filepath"];
