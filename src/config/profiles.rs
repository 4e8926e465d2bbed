//! The file of profiles: where it is, and the one of them that counts. What it says reaches no message
//! but for the names of profiles, and the number of a line that cannot be read.

use std::path::PathBuf;

use super::ini::{self, Section};
use super::labels::{Label, Labelled, ProfileLabel};
use super::login_command::{login, printable};
use super::problems::{Lack, NoIdentity};
use super::profile::{Asked, Unusable, names, profile};
use super::text_file::{ReadFile, Unread};

/// The file, as it was set or at its usual place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProfilesFile {
    pub path: PathBuf,
    /// As people write it.
    shown: String,
    /// Where it was set, if it was.
    label: Option<Label>,
}

/// A profile.
pub(super) struct Profile {
    pub label: ProfileLabel,
    section: Section,
}

impl ProfilesFile {
    /// The file that is `set`, or the usual one in the folder `home`.
    ///
    /// # Errors
    ///
    /// It is in a home folder, and nobody knows which that is.
    pub(super) fn find(
        set: Option<Labelled<String>>,
        home: Option<String>,
    ) -> Result<ProfilesFile, NoIdentity> {
        let label = set.as_ref().map(|set| set.label.clone());
        let shown = set.map_or_else(|| USUAL.to_owned(), |set| set.value);
        let path = match shown.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => {
                let home = home.ok_or_else(homeless)?;
                PathBuf::from(format!("{home}{rest}"))
            }
            Some(_) | None => PathBuf::from(&shown),
        };
        let path = std::path::absolute(&path).unwrap_or(path);
        Ok(ProfilesFile { path, shown: printable(&shown), label })
    }

    /// The profile of that name; without a name the one that the file takes for its default, if any.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no such profile.
    pub(super) fn profile(
        &self,
        name: Option<&Labelled<String>>,
        read: ReadFile<'_>,
    ) -> Result<Option<Profile>, NoIdentity> {
        let text = match read(&self.path) {
            Ok(text) => text,
            Err(Unread::Missing) if name.is_none() && self.label.is_none() => return Ok(None),
            Err(unread) => return Err(self.unread(&unread, name)),
        };
        let ini = ini::parse(&text).map_err(|problem| self.unreadable(&problem))?;
        let found = profile(&ini, name.map(|name| name.value.as_str()));
        match found.map_err(|unusable| self.unusable(unusable, name)) {
            Ok(section) => Ok(section.map(|section| Profile::of(section, self))),
            Err(problem) => Err(problem),
        }
    }

    /// Whether it is there, if it was set.
    pub(super) fn check(&self, read: ReadFile<'_>) -> Result<(), NoIdentity> {
        if self.label.is_none() {
            return Ok(());
        }
        read(&self.path).map(drop).map_err(|unread| self.unread(&unread, None))
    }

    /// The names of the profiles that `fits` is true of; none where the file cannot be read.
    pub(super) fn names_of(
        &self,
        read: ReadFile<'_>,
        fits: impl Fn(&Profile) -> bool,
    ) -> Vec<String> {
        let Ok(text) = read(&self.path) else { return Vec::new() };
        let Ok(ini) = ini::parse(&text) else { return Vec::new() };
        let all = names(&ini).into_iter();
        let fits = |name: &String| {
            ini.section(name).is_some_and(|section| fits(&Profile::of(section, self)))
        };
        all.filter(fits).map(|name| printable(&name)).take(MOST_NAMES).collect()
    }

    /// As people write it.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    fn unread(&self, unread: &Unread, name: Option<&Labelled<String>>) -> NoIdentity {
        let shown = &self.shown;
        let what = match unread {
            Unread::Missing => format!("there is no file {shown}"),
            Unread::NoFile => format!("{shown} is no regular file"),
            Unread::TooLarge => format!("{shown} is larger than 1 MiB"),
            Unread::Failed(kind) => format!("{shown} cannot be read ({kind})"),
        };
        let names = match (&self.label, name) {
            (Some(label), _) => format!("{what}, which {label} names"),
            (None, Some(Labelled { value, label })) => {
                format!("{what}, and {label} names the profile {} of it", printable(value))
            }
            (None, None) => what,
        };
        let advice = match (unread, &self.label) {
            (Unread::Missing, Some(label)) => format!("set {label} to the file of profiles"),
            (Unread::Missing, None) => {
                let profile = name.map_or(ini::DEFAULT, |name| &name.value);
                format!("make it: {}", login(profile, name.map(|name| &name.label)))
            }
            _ => format!("look at {shown}"),
        };
        unusable(names, advice)
    }

    fn unreadable(&self, problem: &ini::Problem) -> NoIdentity {
        let (shown, ini::Problem { line, what }) = (&self.shown, problem);
        unusable(
            format!("line {line} of {shown} cannot be read: {what}"),
            format!("correct line {line} of {shown}"),
        )
    }

    fn unusable(&self, why: Unusable, name: Option<&Labelled<String>>) -> NoIdentity {
        let shown = &self.shown;
        let by = |asked| match (asked, name) {
            (Asked::BySetting, Some(name)) => name.label.to_string(),
            (Asked::BySetting | Asked::ByFile, _) => {
                format!("default_profile in its [{SETTINGS}]")
            }
        };
        match why {
            Unusable::Reserved { asked, names } => unusable(
                format!("{} names {SETTINGS}, where {shown} keeps its settings", by(asked)),
                format!("name a profile{}", listed(&names)),
            ),
            Unusable::Missing { name: missing, asked, names } => {
                let login = login(&missing, name.map(|name| &name.label));
                let advice = match names.as_slice() {
                    [] => format!("make it: {login}"),
                    _ => format!("name one that there is{}, or make it: {login}", listed(&names)),
                };
                let what = format!("{shown} has no profile {}", printable(&missing));
                unusable(format!("{what}, which {} names", by(asked)), advice)
            }
        }
    }
}

/// As many names as a person reads, in parentheses.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| printable(name)).collect();
    let more = if names.len() > MOST_NAMES { " and others" } else { "" };
    if shown.is_empty() { String::new() } else { format!(" ({}{more})", shown.join(", ")) }
}

impl Profile {
    /// That of a section of the file.
    pub(super) fn of(section: Section, file: &ProfilesFile) -> Profile {
        let label = ProfileLabel {
            name: section.name.clone(),
            file: file.shown.clone(),
            line: section.line,
        };
        Profile { label, section }
    }

    /// The value of a key, if it is set.
    pub(super) fn get(&self, key: &str) -> Option<Labelled<String>> {
        let value = self.section.get(key).filter(|value| !value.is_empty())?.to_owned();
        Some(Labelled { value, label: self.part(key) })
    }

    /// Whether something is set for that key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.section.get(key).is_some_and(|value| !value.is_empty())
    }

    /// What messages call it, or that key of it.
    pub(super) fn part(&self, key: &str) -> Label {
        Label::Described(format!("{key} of {}", self.label))
    }
}

impl std::fmt::Display for ProfileLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "profile {} in {}", printable(&self.name), self.file)
    }
}

/// Nobody knows which folder is the home.
fn homeless() -> NoIdentity {
    unusable(format!("{HOME} is not set, in which the file of profiles is"), format!("set {HOME}"))
}

fn unusable(clause: String, advice: String) -> NoIdentity {
    NoIdentity::Other { lack: Lack::Unusable, clause, advice }
}

/// Where the file is, if it is elsewhere.
pub(super) const FILE: &str = "DATABRICKS_CONFIG_FILE";
/// <https://docs.databricks.com/aws/en/dev-tools/auth/config-profiles>.
const USUAL: &str = "~/.databrickscfg";
const SETTINGS: &str = super::profile::SETTINGS;
/// What the Go SDK takes for a home folder (`os.UserHomeDir`).
pub(super) const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// As many as a person reads.
const MOST_NAMES: usize = 8;
