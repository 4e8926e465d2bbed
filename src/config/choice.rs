//! Who asks, and where, chosen from what variables and profiles say.
//!
//! The order is that of Databricks' SDKs, as far as it gives nobody another token than before: what the
//! variables say completely is taken, and no file is looked at.

use std::path::PathBuf;

use super::auth_type::{AuthType, OURS, foreign_set};
use super::excess::excess;
use super::host::Address;
use super::identity::{CliLogin, Identity};
use super::labels::{IdentityLabels, Label, Labelled, LastResort, ProfileLabel};
use super::problems::{HERE, Lack, NoIdentity, capitalized};
use super::profile::list;
use super::profiles::{FILE, HOME, Profile, ProfilesFile, ReadFile};
use crate::secret::{AccessToken, Secret};

/// What was chosen.
pub(super) struct Choice {
    pub host: Host,
    /// The workspace's id, if the host is the profile's.
    pub workspace_id: Option<Labelled<String>>,
    pub identity: Chosen,
}

/// Where the host is set.
pub(super) enum Host {
    Set(Labelled<String>),
    Unset,
    /// A profile may have it, which cannot be had.
    Unknown,
}

type Chosen = Result<(Identity, IdentityLabels), NoIdentity>;

/// Reads one variable.
type Set<'a, E> = dyn FnMut(&'static str) -> Result<Option<Labelled<String>>, E> + 'a;

/// Chooses, given ways to read a variable and a file. A `named` profile, by code or a command line, goes
/// before every variable.
///
/// # Errors
///
/// The reader's.
pub(super) fn choose<E>(
    set: &mut Set<'_, E>,
    named: Option<Labelled<String>>,
    read: ReadFile<'_>,
) -> Result<Choice, E> {
    let (mut variables, mut kind, mut name) = (Variables::default(), None, named);
    if name.is_none() {
        variables = Variables::read(set)?;
        let parsed = set(AUTH_TYPE)?.map(|set| (AuthType::parse(&set.value), set.label));
        if !matches!(parsed, Some((Ok(_), _))) && variables.are_complete() {
            return Ok(Sources::of(variables).choice());
        }
        kind = match parsed {
            Some((Err(why), label)) => {
                return Ok(variables.without(unsupported(&label, &why)));
            }
            Some((Ok(kind), label)) => Some((kind, label)),
            None => None,
        };
        name = set(PROFILE)?;
    }
    let file_set = set(FILE)?;
    let is_needed = name.is_some() || file_set.is_some();
    let file = match ProfilesFile::find(file_set, set(HOME)?.map(|home| home.value)) {
        Ok(file) => Some(file),
        Err(problem) if is_needed => return Ok(variables.without(problem)),
        Err(_) => None,
    };
    let mut sources = Sources { kind, file, ..Sources::of(variables) };
    if let Err(problem) = sources.read_profile(name.as_ref(), read) {
        return Ok(sources.variables.without(problem));
    }
    if sources.profile.is_none() {
        sources.is_production = set(NODE_ENV)?.is_some_and(|set| set.value == "production");
    }
    if sources.depends_on_the_cli() {
        sources.foreign = foreign_set(|variable, _| Ok(set(variable)?.map(|set| set.value)))?;
        sources.find_twins(read);
    }
    Ok(sources.choice())
}

/// What the variables say.
#[derive(Default)]
struct Variables {
    host: Option<Labelled<String>>,
    token: Option<Labelled<String>>,
    client_id: Option<Labelled<String>>,
    client_secret: Option<Labelled<String>>,
}

/// All there is to choose from.
struct Sources {
    variables: Variables,
    /// The way that a variable asks for.
    kind: Option<(AuthType, Label)>,
    profile: Option<Profile>,
    file: Option<ProfilesFile>,
    /// Whether the CLI is not to be asked unless somebody says so.
    is_production: bool,
    /// A way that only the SDKs have, and that the variables are complete for.
    foreign: Option<&'static str>,
    /// Profiles of the same host, which nobody has named.
    twins: Vec<String>,
}

impl Variables {
    fn read<E>(set: &mut Set<'_, E>) -> Result<Variables, E> {
        Ok(Variables {
            host: set(HOST)?,
            token: set(TOKEN)?,
            client_id: set(CLIENT_ID)?,
            client_secret: set(CLIENT_SECRET)?,
        })
    }

    /// Whether nothing else is needed.
    fn are_complete(&self) -> bool {
        let is_pair = self.client_id.is_some() && self.client_secret.is_some();
        self.host.is_some() && (self.token.is_some() || is_pair)
    }

    fn have_credential(&self) -> bool {
        self.token.is_some() || self.client_id.is_some() || self.client_secret.is_some()
    }

    /// No identity could be chosen.
    fn without(self, problem: NoIdentity) -> Choice {
        let host = self.host.map_or(Host::Unknown, Host::Set);
        Choice { host, workspace_id: None, identity: Err(problem) }
    }
}

impl Sources {
    fn of(variables: Variables) -> Sources {
        Sources {
            variables,
            kind: None,
            profile: None,
            file: None,
            is_production: false,
            foreign: None,
            twins: Vec::new(),
        }
    }

    /// A profile counts that is named, or where no variable says anything. A file that is set has to be
    /// there also for the CLI's sake, who reads it.
    fn read_profile(
        &mut self,
        name: Option<&Labelled<String>>,
        read: ReadFile<'_>,
    ) -> Result<(), NoIdentity> {
        let Variables { host, .. } = &self.variables;
        let is_wanted = name.is_some() || host.is_none() && !self.variables.have_credential();
        let Some(file) = &self.file else { return Ok(()) };
        if is_wanted {
            self.profile = file.profile(name, read)?;
            return Ok(());
        }
        file.check(read)
    }

    /// Whether nothing is left but a login of the CLI for the host.
    fn depends_on_the_cli(&self) -> bool {
        let Sources { variables, profile, .. } = self;
        profile.is_none() && variables.host.is_some() && !variables.have_credential()
    }

    fn find_twins(&mut self, read: ReadFile<'_>) {
        let origin =
            |set: &Labelled<String>| Address::parse(&set.value).ok().map(|address| address.host);
        let Some(host) = self.variables.host.as_ref().and_then(origin) else { return };
        if let Some(file) = &self.file {
            let is_twin = |profile: &Profile| {
                profile.get("host").as_ref().and_then(origin).as_ref() == Some(&host)
            };
            self.twins = file.names_of(read, is_twin);
        }
    }

    fn choice(self) -> Choice {
        let identity = self.identity();
        let of_profile = |key| self.profile.as_ref().and_then(|profile| profile.get(key));
        let (host, is_profiles) = match self.variables.host.clone() {
            Some(host) => {
                let other = of_profile("host");
                let is_same = other.is_some_and(|other| is_same_origin(&host, &other));
                (Some(host), is_same)
            }
            None => (of_profile("host"), true),
        };
        let workspace_id = of_profile("workspace_id").filter(|_| is_profiles);
        Choice { host: host.map_or(Host::Unset, Host::Set), workspace_id, identity }
    }

    fn identity(&self) -> Chosen {
        let Sources { variables, profile, kind, .. } = self;
        let kind = kind.as_ref().map(|(kind, _)| *kind);
        let allows = |way| kind.is_none_or(|kind| kind == way);
        if let Some(token) = variables.token.as_ref().filter(|_| allows(AuthType::Pat)) {
            return given(token.clone(), None);
        }
        if allows(AuthType::OauthM2m)
            && let Some(chosen) = self.pair_of_variables()
        {
            return chosen;
        }
        match (profile, &self.kind) {
            (Some(profile), _) => self.of_profile(profile),
            (None, Some((AuthType::DatabricksCli, label))) if self.is_production => Err(unusable(
                format!("{label} asks for the Databricks CLI, and no profile of it is named"),
                format!("set {PROFILE}: in production a host alone is not enough"),
            )),
            (None, Some((AuthType::DatabricksCli, _))) => self.login_for_host(None),
            (None, Some((kind, label))) => Err(lacks(*kind, label, None)),
            (None, None) => self.last_resort(),
        }
    }

    /// A pair of which a variable sets at least one; the other one may be the profile's.
    fn pair_of_variables(&self) -> Option<Chosen> {
        let Variables { client_id, client_secret, .. } = &self.variables;
        let of_profile = |key| self.profile.as_ref().and_then(|profile| profile.get(key));
        let (id, secret) = match (client_id, client_secret) {
            (None, None) => return None,
            (Some(id), Some(secret)) => (id.clone(), secret.clone()),
            (Some(id), None) => (id.clone(), of_profile("client_secret")?),
            (None, Some(secret)) => (of_profile("client_id")?, secret.clone()),
        };
        let is_mixed = client_id.is_none() || client_secret.is_none();
        if let Some(profile) = self.profile.as_ref().filter(|_| is_mixed)
            && let Err(problem) = self.check_origin(profile)
        {
            return Some(Err(problem));
        }
        let profile = self.profile.as_ref().filter(|_| is_mixed);
        Some(Ok(pair(id, secret, of_profile("scopes"), profile.map(|it| &it.label))))
    }

    fn of_profile(&self, profile: &Profile) -> Chosen {
        let label = Some(&profile.label);
        let kind = match &self.kind {
            Some((kind, label)) => Some((*kind, label.clone())),
            None => match profile.get("auth_type") {
                None => None,
                Some(set) => match AuthType::parse(&set.value) {
                    Ok(kind) => Some((kind, set.label)),
                    Err(why) => return Err(unsupported(&set.label, &why)),
                },
            },
        };
        self.check_origin(profile)?;
        let allows = |way| kind.as_ref().is_none_or(|(kind, _)| *kind == way);
        if let Some(token) = profile.get("token").filter(|_| allows(AuthType::Pat)) {
            return given(token, label);
        }
        let (id, secret) = (profile.get("client_id"), profile.get("client_secret"));
        match (id, secret) {
            (Some(id), Some(secret)) if allows(AuthType::OauthM2m) => {
                return Ok(pair(id, secret, profile.get("scopes"), label));
            }
            (Some(half), None) | (None, Some(half)) if kind.is_none() => {
                return Err(half_pair(&half.label, profile));
            }
            _ => {}
        }
        match kind {
            Some((AuthType::DatabricksCli, _)) => self.login_of(profile),
            Some((kind, label)) => Err(lacks(kind, &label, Some(profile))),
            None => {
                let found = foreign_set(|_, key| {
                    Ok::<_, std::convert::Infallible>(profile.get(key).map(|set| set.value))
                });
                match found {
                    Ok(Some(kind)) => {
                        let label = Label::Described(profile.label.to_string());
                        Err(unsupported(&label, &format!("is one of {kind}, which {NOT_HERE}")))
                    }
                    Ok(None) if profile.has("host") || self.variables.host.is_some() => {
                        self.login_of(profile)
                    }
                    Ok(None) => Err(self.nothing()),
                }
            }
        }
    }

    /// Nothing of a profile goes to another host than its own.
    fn check_origin(&self, profile: &Profile) -> Result<(), NoIdentity> {
        let Some(host) = &self.variables.host else { return Ok(()) };
        let Some(own) = profile.get("host") else {
            let clause = format!("{} has no host, to which alone it is sent", profile.label);
            return Err(unusable(clause, format!("set {}", profile.part("host"))));
        };
        if is_same_origin(host, &own) {
            return Ok(());
        }
        let label = &host.label;
        Err(unusable(
            format!("{label} is another host than that of {}", profile.label),
            format!(
                "unset {label}, or set it to the host of that profile; nothing of it is sent elsewhere"
            ),
        ))
    }

    fn login_of(&self, profile: &Profile) -> Chosen {
        let label = Label::Described(profile.label.to_string());
        let login = CliLogin { profile: Some(profile.label.name.clone()), file: self.path() };
        let labels = IdentityLabels {
            name: label.clone(),
            proof: label,
            profile: Some(profile.label.clone()),
            last_resort: None,
        };
        Ok((Identity::DatabricksCli(login), labels))
    }

    fn login_for_host(&self, last_resort: Option<LastResort>) -> Chosen {
        let label = Label::variable(HOST);
        let login = CliLogin { profile: None, file: self.path() };
        let labels =
            IdentityLabels { name: label.clone(), proof: label, profile: None, last_resort };
        Ok((Identity::DatabricksCli(login), labels))
    }

    /// Of the file of profiles; without a home folder the CLI may know better.
    fn path(&self) -> PathBuf {
        self.file.as_ref().map(|file| file.path.clone()).unwrap_or_default()
    }

    /// No identity is set.
    fn last_resort(&self) -> Chosen {
        match self.foreign {
            Some(kind) => {
                let why = format!("of {kind} are set, which {NOT_HERE}");
                Err(unsupported(&Label::variable("The variables"), &why))
            }
            None if self.depends_on_the_cli() && !self.is_production => {
                let advice = capitalized(format!("{ALTERNATIVES}{HERE}"));
                self.login_for_host(Some(LastResort { clause: self.lacking(), advice }))
            }
            None => Err(self.nothing()),
        }
    }

    fn nothing(&self) -> NoIdentity {
        let (clause, advice) = (self.lacking(), ALTERNATIVES.to_owned());
        NoIdentity::Other { lack: Lack::Unset, clause, advice }
    }

    /// What of an identity is not set, and which profile may have been meant.
    fn lacking(&self) -> String {
        let Variables { client_id, client_secret, .. } = &self.variables;
        let clause = match (client_id, client_secret) {
            (Some(id), None) => format!("{} is set but {CLIENT_SECRET} is not", id.label),
            (None, Some(secret)) => format!("{} is set but {CLIENT_ID} is not", secret.label),
            _ => format!("neither {TOKEN} nor {CLIENT_ID} with {CLIENT_SECRET} is set"),
        };
        let (Some(file), [twin, ..]) = (&self.file, &self.twins[..]) else { return clause };
        let (shown, all) = (file.shown(), self.twins.join("\" and \""));
        let are = if self.twins.len() > 1 { "are" } else { "is" };
        format!("{clause}; profile \"{all}\" of {shown} {are} for this host: {PROFILE}={twin}")
    }
}

fn given(token: Labelled<String>, profile: Option<&ProfileLabel>) -> Chosen {
    let Labelled { value, label } = token;
    let is_sendable = value.bytes().all(|byte| byte.is_ascii_graphic());
    let problem = excess(&value).unwrap_or("contains characters that no access token has");
    let token = AccessToken(Secret::new(value));
    if !is_sendable {
        return Err(NoIdentity::Invalid(label, problem));
    }
    let labels = IdentityLabels {
        name: label.clone(),
        proof: label,
        profile: profile.cloned(),
        last_resort: None,
    };
    Ok((Identity::GivenToken(token), labels))
}

fn pair(
    id: Labelled<String>,
    secret: Labelled<String>,
    scopes: Option<Labelled<String>>,
    profile: Option<&ProfileLabel>,
) -> (Identity, IdentityLabels) {
    let labels = IdentityLabels {
        name: id.label,
        proof: secret.label,
        profile: profile.cloned(),
        last_resort: None,
    };
    let scopes = scopes.map(|set| list(&set.value).join(" ")).filter(|scopes| !scopes.is_empty());
    let client_secret = Secret::new(secret.value);
    (Identity::ClientCredentials { client_id: id.value, client_secret, scopes }, labels)
}

fn is_same_origin(one: &Labelled<String>, other: &Labelled<String>) -> bool {
    let host = |set: &Labelled<String>| Address::parse(&set.value).map(|address| address.host);
    matches!((host(one), host(other)), (Ok(one), Ok(other)) if one == other)
}

/// What was asked for by `label` is not set.
fn lacks(kind: AuthType, label: &Label, profile: Option<&Profile>) -> NoIdentity {
    let names: &[(&'static str, &str)] = match kind {
        AuthType::Pat => &[(TOKEN, "token")],
        AuthType::OauthM2m => &[(CLIENT_ID, "client_id"), (CLIENT_SECRET, "client_secret")],
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
            clause: format!("{label} asks for {}, and not all of that is set", names_of(names)),
            advice: format!("set {}", names_of(names)),
        },
    }
}

fn names_of(names: &[(&'static str, &str)]) -> String {
    let names: Vec<&str> = names.iter().map(|(variable, _)| *variable).collect();
    names.join(" and ")
}

fn half_pair(half: &Label, profile: &Profile) -> NoIdentity {
    let other = if profile.has("client_id") { "client_secret" } else { "client_id" };
    unusable(format!("{half} is set but {other} is not"), format!("add {other} to it"))
}

fn unsupported(label: &Label, why: &str) -> NoIdentity {
    unusable(
        format!("{label} {why}"),
        format!("use one of {OURS}, or set {TOKEN} or {CLIENT_ID} with {CLIENT_SECRET}"),
    )
}

fn unusable(clause: String, advice: String) -> NoIdentity {
    NoIdentity::Other { lack: Lack::Unusable, clause, advice }
}

/// How an identity can be set.
const ALTERNATIVES: &str = "set both DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set \
    DATABRICKS_TOKEN, or log in with `databricks auth login` and set DATABRICKS_CONFIG_PROFILE";

const NOT_HERE: &str = "is not supported here";

/// The variables that choose.
pub(super) const HOST: &str = "DATABRICKS_HOST";
pub(super) const TOKEN: &str = "DATABRICKS_TOKEN";
pub(super) const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";
const AUTH_TYPE: &str = "DATABRICKS_AUTH_TYPE";
pub(super) const PROFILE: &str = "DATABRICKS_CONFIG_PROFILE";
const NODE_ENV: &str = "NODE_ENV";
