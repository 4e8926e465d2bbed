//! The file of profiles: where it is, and the one of them that counts. What it says reaches no message
//! but for the names of profiles, and the number of a line that cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::excess::is_unseen;
use super::ini::{self, Section};
use super::labels::{Label, Labelled, ProfileLabel};
use super::problems::{Lack, NoIdentity};
use super::profile::{Asked, Unusable, by_file, names, profile};

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

/// What a file says of its profiles, without any secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    /// As people write it.
    pub file: String,
    pub profiles: Vec<Surveyed>,
    /// The name of the one that it takes for its default.
    pub default: Option<String>,
}

/// What it says of one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Surveyed {
    pub name: String,
    pub host: Option<String>,
    /// Whether it has a token, which the Databricks CLI does not hand out.
    pub holds_token: bool,
}

/// What the file of profiles says that `set` tells, given a way to read one variable; `None` where there
/// is none that can be read.
///
/// # Errors
///
/// The reader's.
pub(crate) fn survey<E>(
    mut set: impl FnMut(&'static str) -> Result<Option<String>, E>,
    read: ReadFile<'_>,
) -> Result<Option<Survey>, E> {
    let label = Label::variable(FILE);
    let named = set(FILE)?.map(|value| Labelled { value, label });
    let Ok(file) = ProfilesFile::find(named, set(HOME)?) else { return Ok(None) };
    let ini = read(&file.path).ok().and_then(|text| ini::parse(&text).ok());
    Ok(ini.map(|ini| {
        let surveyed = |name: String| {
            let profile = Profile::of(ini.section(&name)?, &file);
            let host = profile.get("host").map(|host| host.value);
            Some(Surveyed { name, host, holds_token: profile.has("token") })
        };
        let profiles = names(&ini).into_iter().filter_map(surveyed).collect();
        Survey { file: file.shown, profiles, default: by_file(&ini).map(str::to_owned) }
    }))
}

/// Why a file was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    Missing,
    /// It is a folder, a pipe, a device.
    NoFile,
    TooLarge,
    Failed(io::ErrorKind),
}

/// Reads the text of a file; an argument, so that choosing is a matter of values.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<Zeroizing<String>, Unread>;

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
        match read(&self.path) {
            Err(unread) if self.label.is_some() => Err(self.unread(&unread, None)),
            Ok(_) | Err(_) => Ok(()),
        }
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
                let name = name.map_or(ini::DEFAULT, |name| &name.value);
                format!("make it: {}", login(name))
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
        let (name, asked, names) = match why {
            Unusable::Reserved => {
                let advice = "name a profile";
                let what =
                    format!("{SETTINGS} is where {shown} keeps its settings, and no profile");
                return unusable(what, advice.to_owned());
            }
            Unusable::Missing { name: missing, asked, names } => {
                let by = match (asked, name) {
                    (Asked::BySetting, Some(name)) => name.label.to_string(),
                    (Asked::BySetting | Asked::ByFile, _) => {
                        format!("default_profile in its [{SETTINGS}]")
                    }
                };
                (missing, by, names)
            }
        };
        let advice = if names.is_empty() {
            format!("make it: {}", login(&name))
        } else {
            let more = names.len().saturating_sub(MOST_NAMES);
            let shown: Vec<String> =
                names.iter().take(MOST_NAMES).map(|name| printable(name)).collect();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(
                "name one that there is ({}{more}), or make it: {}",
                shown.join(", "),
                login(&name)
            )
        };
        unusable(
            format!("{shown} has no profile {}, which {asked} names", printable(&name)),
            advice,
        )
    }
}

impl Profile {
    fn of(section: &Section, file: &ProfilesFile) -> Profile {
        let label = ProfileLabel {
            name: section.name.clone(),
            file: file.shown.clone(),
            line: section.line,
        };
        Profile { label, section: section.clone() }
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

/// What makes a profile.
fn login(profile: &str) -> String {
    login_command("login", Some(profile), "")
}

/// A command of the Databricks CLI about a login: that of a profile, or else of a host.
pub(crate) fn login_command(command: &str, profile: Option<&str>, host: &str) -> String {
    let (option, value) = profile.map_or(("--host", host), |profile| ("--profile", profile));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.@:/-".contains(c);
    let word = if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", printable(value).replace('\'', "'\\''"))
    };
    format!("databricks auth {command} {option} {word}")
}

/// Reads a regular file of no more than 1 MiB.
pub(crate) fn read_file(path: &Path) -> Result<Zeroizing<String>, Unread> {
    let failed = |error: io::Error| {
        let kind = error.kind();
        let is_missing = matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        if is_missing { Unread::Missing } else { Unread::Failed(kind) }
    };
    // Of a pipe or a device the end may never come.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err(Unread::NoFile);
    }
    if found.len() > LARGEST_FILE {
        return Err(Unread::TooLarge);
    }
    let bytes = Zeroizing::new(std::fs::read(path).map_err(failed)?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Nobody knows which folder is the home.
fn homeless() -> NoIdentity {
    unusable(format!("{HOME} is not set, in which the file of profiles is"), format!("set {HOME}"))
}

fn unusable(clause: String, advice: String) -> NoIdentity {
    NoIdentity::Other { lack: Lack::Unusable, clause, advice }
}

/// A name on one line, and not without end.
pub(super) fn printable(name: &str) -> String {
    let visible = |c: char| {
        if c.is_control() || is_unseen(c) { char::REPLACEMENT_CHARACTER } else { c }
    };
    let mut shown: String = name.chars().take(LONGEST_NAME).map(visible).collect();
    if name.chars().nth(LONGEST_NAME).is_some() {
        shown.push('…');
    }
    shown
}

/// Where the file is, if it is elsewhere.
pub(super) const FILE: &str = "DATABRICKS_CONFIG_FILE";
/// <https://docs.databricks.com/aws/en/dev-tools/auth/config-profiles>.
const USUAL: &str = "~/.databrickscfg";
const SETTINGS: &str = super::profile::SETTINGS;
/// What the Go SDK takes for a home folder (`os.UserHomeDir`).
pub(super) const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

const LARGEST_FILE: u64 = 1024 * 1024;
const LONGEST_NAME: usize = 100;
/// As many as a person reads.
const MOST_NAMES: usize = 8;

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::testing::folder::Folder;

    #[test]
    fn a_survey_tells_names_hosts_and_whether_there_is_a_token() {
        let text = "host = d.test\n[dev]\nhost = v.test\n[pat]\ntoken = canary\n[empty]\n\
                    [__settings__]\ndefault_profile = dev\n";
        let read = |path: &Path| match path.to_str() {
            Some("/home/.databrickscfg") => Ok(Zeroizing::new(text.to_owned())),
            _ => Err(Unread::Missing),
        };
        let survey = |home: Option<&str>| {
            let set = |name| {
                Ok::<_, Infallible>((name == HOME).then(|| home.map(str::to_owned)).flatten())
            };
            survey(set, &read).unwrap_or_else(|never| match never {})
        };
        let surveyed = |name: &str, host: Option<&str>, holds_token| Surveyed {
            name: name.to_owned(),
            host: host.map(str::to_owned),
            holds_token,
        };
        let found = survey(Some("/home")).expect("a file");
        assert!(!format!("{found:?}").contains("canary"));
        assert_eq!(
            found,
            Survey {
                file: "~/.databrickscfg".to_owned(),
                profiles: vec![
                    surveyed("DEFAULT", Some("d.test"), false),
                    surveyed("dev", Some("v.test"), false),
                    surveyed("pat", None, true),
                ],
                default: Some("dev".to_owned()),
            }
        );
        assert_eq!(survey(Some("/elsewhere")), None);
        assert_eq!(survey(None), None);
    }

    #[test]
    fn commands_are_quoted_for_a_shell() {
        for (profile, word) in [
            ("dev", "dev"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("$(x)", "'$(x)'"),
            ("", "''"),
        ] {
            let command = format!("databricks auth login --profile {word}");
            assert_eq!(login_command("login", Some(profile), "x"), command);
        }
        let by_host = "databricks auth token --host https://workspace.test";
        assert_eq!(login_command("token", None, "https://workspace.test"), by_host);
    }

    #[test]
    fn a_file_is_read_if_it_is_a_regular_one_of_some_size() {
        let folder = Folder::new();
        let latin = read_file(&folder.file("latin", b"[p]\nname = \xe9\n")).expect("a text");
        assert_eq!(latin.as_str(), "[p]\nname = \u{fffd}\n");
        let large = vec![b'#'; LARGEST_FILE as usize + 1];
        assert_eq!(read_file(&folder.file("large", &large)), Err(Unread::TooLarge));
        assert_eq!(read_file(&folder.0), Err(Unread::NoFile));
        assert_eq!(read_file(&folder.0.join("none")), Err(Unread::Missing));
        assert_eq!(read_file(&folder.0.join("latin/below")), Err(Unread::Missing));
    }
}
