//! Who asks, and where, chosen from what variables and profiles say.
//!
//! The order is that of Databricks' SDKs, as far as it gives nobody another token than before: what the
//! variables say completely is taken, and no file is looked at.

use super::auth_type::{AuthType, foreign_set};
use super::chosen::{Chosen, of_code, unsupported};
use super::id_token::IdTokenClaims;
use super::labels::{Label, Labelled, Set};
use super::options::{NamedIdentity, Options, option};
use super::problems::NoIdentity;
use super::profiles::{FILE, HOME, ProfilesFile};
use super::sources::Sources;
use super::text_file::ReadFile;
use super::variables::{AUTH_TYPE, HOST, NODE_ENV, PROFILE, ReadText, Variables};

/// How to read what variables name.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub file: ReadFile<'a>,
    /// A variable whose name somebody has set.
    pub text: ReadText<'a>,
}

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

/// Chooses, given ways to read a variable and a file. What `options` say goes before every variable.
///
/// # Errors
///
/// The reader's.
pub(super) fn choose<E>(
    set: &mut Set<'_, E>,
    options: &Options,
    read: Reading<'_>,
) -> Result<Choice, E> {
    let host = option("host", options.host.as_ref());
    if let Some(identity) = &options.identity {
        return named(set, identity, host, read);
    }
    let variables = Variables { host, ..Variables::default() }.or_read(set, read.text)?;
    let way = set(AUTH_TYPE)?.map(|set| (AuthType::parse(&set.value), set.label));
    match way {
        Some((Ok(kind), label)) => {
            let kind = Some((kind, label));
            if variables.are_complete_for(kind.as_ref().map(|(kind, _)| *kind)) {
                return Ok(Choice::of(Sources { kind, ..Sources::of(variables) }, read));
            }
            let name = set(PROFILE)?;
            with_file(set, variables, kind, name, read)
        }
        // Another way changes nothing where there is an identity without it.
        None | Some((Err(_), _)) if variables.are_complete_for(None) => {
            Ok(Choice::of(Sources::of(variables), read))
        }
        Some((Err(why), label)) => Ok(Choice::without(variables, unsupported(&label, &why))),
        None => {
            let name = set(PROFILE)?;
            with_file(set, variables, None, name, read)
        }
    }
}

/// An identity that is named, at the host that is.
fn named<E>(
    set: &mut Set<'_, E>,
    identity: &NamedIdentity,
    host: Option<Labelled<String>>,
    read: Reading<'_>,
) -> Result<Choice, E> {
    let said = |name, value: &str| option(name, Some(&value.to_owned()));
    let mut variables = Variables { host, ..Variables::default() };
    match identity {
        NamedIdentity::Profile(name, label) => {
            let name = Labelled { value: name.clone(), label: label.clone() };
            return with_file(set, variables, None, Some(name), read);
        }
        NamedIdentity::Token(token) => {
            variables.token = said("identity.token", token.expose());
        }
        NamedIdentity::Pair { client_id, client_secret } => {
            variables.client_id = said("identity.clientId", client_id);
            variables.client_secret = said("identity.clientSecret", client_secret.expose());
        }
        NamedIdentity::OfCallers(_) => {}
    }
    if variables.host.is_none() {
        variables.host = set(HOST)?;
    }
    if let NamedIdentity::OfCallers(identity) = identity {
        let host = variables.host.map_or(Host::Unset, Host::Set);
        let identity = Ok(of_code(identity.clone()));
        return Ok(Choice { host, workspace_id: None, identity });
    }
    Ok(Choice::of(Sources::of(variables), read))
}

fn with_file<E>(
    set: &mut Set<'_, E>,
    variables: Variables,
    kind: Option<(AuthType, Label)>,
    name: Option<Labelled<String>>,
    read: Reading<'_>,
) -> Result<Choice, E> {
    let file = set(FILE)?;
    let is_needed = name.is_some() || file.is_some();
    let file = match ProfilesFile::find(file, set(HOME)?.map(|home| home.value)) {
        Ok(file) => Some(file),
        Err(problem) if is_needed => return Ok(Choice::without(variables, problem)),
        Err(_) => None,
    };
    let mut sources = Sources { kind, file, ..Sources::of(variables) };
    if let Err(problem) = sources.read_profile(name.as_ref(), read.file) {
        return Ok(Choice::without(sources.variables, problem));
    }
    sources.read_id_token(read.text);
    if sources.profile.is_none() {
        sources.is_production = set(NODE_ENV)?.is_some_and(|set| set.value == "production");
    }
    if sources.depends_on_the_cli() {
        sources.foreign = foreign_set(|variable, _| Ok(set(variable)?.map(|set| set.value)))?;
    }
    sources.find_others(read.file);
    Ok(Choice::of(sources, read))
}

impl Choice {
    fn of(mut sources: Sources, read: Reading<'_>) -> Choice {
        let id_token = sources.anonymous().and_then(|source| source.read(read.file));
        sources.whose = id_token.and_then(|token| IdTokenClaims::of(token.expose()));
        let (host, workspace_id) = sources.place();
        let (host, identity) = match (host, sources.without_host()) {
            (Some(host), _) => (Host::Set(host), sources.identity()),
            (None, Some(problem)) => (Host::Unknown, Err(problem)),
            (None, None) => (Host::Unset, sources.identity()),
        };
        Choice { host, workspace_id, identity }
    }

    fn without(variables: Variables, problem: NoIdentity) -> Choice {
        let host = variables.host.map_or(Host::Unknown, Host::Set);
        Choice { host, workspace_id: None, identity: Err(problem) }
    }
}
