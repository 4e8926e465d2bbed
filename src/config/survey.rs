//! What a file says of its profiles, for a command line that lists them.

use super::ini;
use super::labels::{Label, Labelled};
use super::profile::{by_file, names};
use super::profiles::{FILE, HOME, Profile, ProfilesFile};
use super::text_file::ReadFile;

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
        Survey { file: file.shown().to_owned(), profiles, default: by_file(&ini) }
    }))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::path::Path;

    use zeroize::Zeroizing;

    use super::*;
    use crate::config::text_file::Unread;

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
}
