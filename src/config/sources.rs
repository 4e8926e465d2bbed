//! All there is to choose an identity from, and the order in which it is chosen.

use std::convert::Infallible;
use std::path::PathBuf;

use super::auth_type::{AuthType, foreign_set};
use super::chosen::{
    Chosen, ID_TOKEN_FILE_KEYS, Selected, federation, given, half_pair, lacks, login_for, login_of,
    of_vercel, pair, unsupported, unusable,
};
use super::host::Address;
use super::id_token::{IdTokenClaims, IdTokenSource};
use super::identity::Identity;
use super::ini::DEFAULT;
use super::labels::{Label, Labelled, LastResort};
use super::problems::{HERE, Lack, NoIdentity, capitalized};
use super::profiles::{Profile, ProfilesFile};
use super::text_file::ReadFile;
use super::variables::{CLIENT_ID, CLIENT_SECRET, PROFILE, ReadText, TOKEN, Variables};
use crate::secret::Secret;

/// All there is to choose from.
pub(super) struct Sources {
    pub variables: Variables,
    /// The way that a variable asks for.
    pub kind: Option<(AuthType, Label)>,
    pub profile: Option<Profile>,
    pub file: Option<ProfilesFile>,
    /// The ID token in the variable that the profile names.
    pub profile_id_token: Option<Labelled<Secret>>,
    /// Whose ID token it is, where no client id says it.
    pub whose: Option<IdTokenClaims>,
    /// Whether the CLI is not to be asked unless somebody says so.
    pub is_production: bool,
    /// A way that only the SDKs have, and that the variables are complete for.
    pub foreign: Option<&'static str>,
    /// Profiles that nobody has named: of the same host, or all where no host is set.
    pub others: Vec<String>,
}

impl Sources {
    /// The variables alone.
    pub(super) fn of(variables: Variables) -> Sources {
        Sources {
            variables,
            kind: None,
            profile: None,
            file: None,
            profile_id_token: None,
            whose: None,
            is_production: false,
            foreign: None,
            others: Vec::new(),
        }
    }

    /// A profile counts that is named, or where no variable says anything. A file that is set has to be
    /// there also for the CLI's sake, who reads it.
    pub(super) fn read_profile(
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

    /// The ID token that the profile tells of, if it is in a variable.
    pub(super) fn read_id_token(&mut self, text: ReadText<'_>) {
        let named = self.profile.as_ref().and_then(|profile| profile.get("oidc_token_env"));
        self.profile_id_token = named.and_then(|named| {
            let value = text(&named.value)?;
            let label = Label::Described(format!("{} of {}", named.value, named.label));
            Some(Labelled { value, label })
        });
    }

    /// Whether nothing is left but a login of the CLI for the host.
    pub(super) fn depends_on_the_cli(&self) -> bool {
        let Sources { variables, profile, .. } = self;
        profile.is_none() && variables.host.is_some() && !variables.have_credential()
    }

    /// Looks for profiles that somebody may have meant, where nothing else is set.
    pub(super) fn find_others(&mut self, read: ReadFile<'_>) {
        let Sources { variables, profile: None, file: Some(file), .. } = self else { return };
        if variables.have_credential() {
            return;
        }
        let is_other = |profile: &Profile| match (&variables.host, profile.get("host")) {
            (Some(host), Some(own)) => {
                is_same_origin(host, &own) && is_same_workspace(host, &own, profile)
            }
            (Some(_), None) => false,
            (None, own) => own.is_some(),
        };
        self.others = file.names_of(read, is_other);
    }

    /// Why there is no host, if it is the profile's that was to have one.
    pub(super) fn without_host(&self) -> Option<NoIdentity> {
        let profile = self.profile.as_ref().filter(|profile| profile.label.name != DEFAULT)?;
        let clause = format!("{} has no host", profile.label);
        Some(unusable(clause, format!("set {}", profile.part("host"))))
    }

    /// Where the host is set, and the workspace's id if it is the profile's host.
    pub(super) fn place(&self) -> (Option<Labelled<String>>, Option<Labelled<String>>) {
        let of_profile = |key| self.profile.as_ref().and_then(|profile| profile.get(key));
        let own = of_profile("host");
        let (host, is_own) = match self.variables.host.clone() {
            Some(host) => {
                let is_own = own.is_some_and(|own| is_same_origin(&host, &own));
                (Some(host), is_own)
            }
            None => (own, true),
        };
        (host, of_profile("workspace_id").filter(|_| is_own))
    }

    /// The identity that goes before all others.
    pub(super) fn identity(&self) -> Chosen {
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
        if let Some(selected) = self.federation_of_variables(kind) {
            return Ok(selected);
        }
        if let Some(chosen) = self.federation_of_platform(kind) {
            return chosen;
        }
        match (profile, &self.kind) {
            (Some(profile), _) => self.of_profile(profile),
            (None, Some((AuthType::DatabricksCli, label))) if self.is_production => Err(unusable(
                format!("{label} asks for the Databricks CLI, and no profile of it is named"),
                format!("set {PROFILE}: in production a host alone is not enough"),
            )),
            (None, Some((AuthType::DatabricksCli, _))) => {
                login_for(variables.host.as_ref(), self.path(), None)
            }
            (None, Some((kind, label))) => Err(lacks(*kind, label, None)),
            (None, None) => self.last_resort(),
        }
    }

    /// The ID token that variables tell of: a file goes before a variable.
    fn federation_of_variables(&self, kind: Option<AuthType>) -> Option<Selected> {
        let allows = |way| kind.is_none_or(|kind| kind == way);
        let Variables { client_id, id_token_file, id_token, .. } = &self.variables;
        let file = id_token_file.as_ref().filter(|_| allows(AuthType::FileOidc)).map(in_file);
        let text = id_token.as_ref().filter(|_| allows(AuthType::EnvOidc)).map(in_variable);
        let source = file.or(text)?;
        let of_profile = |key| self.profile.as_ref().and_then(|profile| profile.get(key));
        let id = client_id.clone().or_else(|| of_profile("client_id"));
        let is_own_host = self.variables.host.is_none();
        let scopes = of_profile("scopes").filter(|_| is_own_host);
        Some(federation(id, source, self.whose.clone(), scopes, None))
    }

    /// The ID tokens of the platform that this runs on.
    fn federation_of_platform(&self, kind: Option<AuthType>) -> Option<Chosen> {
        let Variables { client_id, platforms, .. } = &self.variables;
        let id = client_id.clone()?;
        if let Some(vercel) = platforms.vercel.as_ref().filter(|_| kind.is_none()) {
            return Some(Ok(of_vercel(id, vercel)));
        }
        let is_allowed = kind.is_none_or(|kind| kind == AuthType::GitHubOidc);
        let Labelled { value, label } = platforms.github.as_ref().filter(|_| is_allowed)?;
        let label = label.clone();
        Some(match value.clone() {
            Ok(value) => Ok(federation(Some(id), Labelled { value, label }, None, None, None)),
            Err(problem) => Err(NoIdentity::Invalid(label, problem)),
        })
    }

    /// The same of what a profile tells of.
    fn federation_of_profile(&self, profile: &Profile, kind: Option<AuthType>) -> Option<Selected> {
        let allows = |way| kind.is_none_or(|kind| kind == way);
        let key = ID_TOKEN_FILE_KEYS.into_iter().find(|key| profile.has(key));
        let file = key.and_then(|key| profile.get(key)).filter(|_| allows(AuthType::FileOidc));
        let text = self.profile_id_token.as_ref().filter(|_| allows(AuthType::EnvOidc));
        let source = file.as_ref().map(in_file).or_else(|| text.map(in_variable))?;
        let (id, scopes) = (profile.get("client_id"), profile.get("scopes"));
        Some(federation(id, source, self.whose.clone(), scopes, Some(&profile.label)))
    }

    /// Where the ID token is without which nobody knows whose it is.
    pub(super) fn anonymous(&self) -> Option<IdTokenSource> {
        let selected = self.identity().ok()?;
        let is_anonymous =
            matches!(selected.identity, Identity::Federation { client_id: None, .. });
        selected.supply.filter(|_| is_anonymous)
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
        let is_own_host = is_mixed || self.variables.host.is_none();
        let scopes = of_profile("scopes").filter(|_| is_own_host);
        Some(Ok(pair(id, secret, scopes, profile.map(|it| &it.label))))
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
        if secret.is_none()
            && let Some(selected) =
                self.federation_of_profile(profile, kind.as_ref().map(|(kind, _)| *kind))
        {
            return Ok(selected);
        }
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
            Some((AuthType::DatabricksCli, _)) => login_of(profile, self.path()),
            Some((kind, label)) => Err(lacks(kind, &label, Some(profile))),
            None => self.without_credentials(profile),
        }
    }

    /// A profile that says nothing of a way to log in.
    fn without_credentials(&self, profile: &Profile) -> Chosen {
        let value = |_, key| Ok::<_, Infallible>(profile.get(key).map(|set| set.value));
        if let Ok(Some(kind)) = foreign_set(value) {
            let label = Label::Described(profile.label.to_string());
            return Err(unsupported(&label, &format!("is one of {kind}, which {NOT_HERE}")));
        }
        let has_host = profile.has("host") || self.variables.host.is_some();
        if has_host { login_of(profile, self.path()) } else { Err(self.nothing()) }
    }

    /// Nothing of a profile goes to another host than its own.
    fn check_origin(&self, profile: &Profile) -> Result<(), NoIdentity> {
        let Some(host) = &self.variables.host else { return Ok(()) };
        let Some(own) = profile.get("host") else {
            let clause = format!("{} has no host, to which alone it is sent", profile.label);
            return Err(unusable(clause, format!("set {}", profile.part("host"))));
        };
        if let Err(problem) = Address::parse(&own.value) {
            return Err(NoIdentity::Invalid(own.label, problem));
        }
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
                {
                    let resort = LastResort { clause: self.lacking(), advice };
                    login_for(self.variables.host.as_ref(), self.path(), Some(resort))
                }
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
        let (Some(file), [other, ..]) = (&self.file, &self.others[..]) else { return clause };
        let (shown, all) = (file.shown(), self.others.join("\", \""));
        let (profile, is) = match self.others.len() {
            1 => ("profile", "is"),
            _ => ("profiles", "are"),
        };
        let which = match self.variables.host {
            Some(_) => format!("of {shown} {is} for this host"),
            None => format!("of {shown} {is} named by nobody"),
        };
        format!("{clause}; {profile} \"{all}\" {which}: {PROFILE}={other}")
    }
}

fn in_file(file: &Labelled<String>) -> Labelled<IdTokenSource> {
    let path = PathBuf::from(&file.value);
    Labelled { value: IdTokenSource::File(path), label: file.label.clone() }
}

fn in_variable(text: &Labelled<Secret>) -> Labelled<IdTokenSource> {
    Labelled { value: IdTokenSource::Text(text.value.clone()), label: text.label.clone() }
}

fn is_same_origin(one: &Labelled<String>, other: &Labelled<String>) -> bool {
    let host = |set: &Labelled<String>| Address::parse(&set.value).map(|address| address.host);
    matches!((host(one), host(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether the address does not name another workspace than the profile does.
fn is_same_workspace(host: &Labelled<String>, own: &Labelled<String>, profile: &Profile) -> bool {
    let in_address = |set: &Labelled<String>| Address::parse(&set.value).ok()?.workspace_id;
    let of_profile = profile.get("workspace_id").map(|set| set.value).or_else(|| in_address(own));
    match (in_address(host), of_profile) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => true,
    }
}

/// How an identity can be set.
const ALTERNATIVES: &str = "set both DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set \
    DATABRICKS_TOKEN, or log in with `databricks auth login` and set DATABRICKS_CONFIG_PROFILE";

const NOT_HERE: &str = "is not supported here";
