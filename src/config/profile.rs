//! The profiles of `.databrickscfg`, and which of them counts.

use super::ini::{DEFAULT, Ini, Section};

/// Why a profile cannot be had. Shown without what the file says, but for names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// The file keeps its settings under that name.
    Reserved {
        /// Who asked for it.
        asked: Asked,
        /// Those that there are.
        names: Vec<String>,
    },
    /// There is none of that name, or nothing is set in it.
    Missing {
        name: String,
        /// Who asked for it.
        asked: Asked,
        /// Those that there are.
        names: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A variable or an option.
    BySetting,
    /// The file's own `default_profile`.
    ByFile,
}

/// The profile of that `name`; without a name that of the file's `default_profile`, or [`DEFAULT`],
/// which may be missing.
///
/// # Errors
///
/// It is not there, or is none.
pub(super) fn profile(ini: &Ini, name: Option<&str>) -> Result<Option<Section>, Unusable> {
    let (name, asked) = match (name, by_file(ini)) {
        (Some(name), _) => (name.to_owned(), Asked::BySetting),
        (None, Some(name)) => (name, Asked::ByFile),
        (None, None) => return Ok(set(ini, DEFAULT)),
    };
    if name == SETTINGS {
        return Err(Unusable::Reserved { asked, names: names(ini) });
    }
    match set(ini, &name) {
        Some(section) => Ok(Some(section)),
        None => Err(Unusable::Missing { name, asked, names: names(ini) }),
    }
}

/// The name of the profile that the file takes for its default.
pub(super) fn by_file(ini: &Ini) -> Option<String> {
    let settings = ini.section(SETTINGS)?;
    settings.get(DEFAULT_PROFILE).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The names of all profiles in which something is set.
pub(super) fn names(ini: &Ini) -> Vec<String> {
    let names = ini.names(MOST_NAMES).into_iter();
    names.filter(|name| *name != SETTINGS).map(str::to_owned).collect()
}

fn set(ini: &Ini, name: &str) -> Option<Section> {
    ini.section(name).filter(|section| !section.is_empty())
}

/// A list such as `scopes`: sorted, each once.
pub(super) fn list(value: &str) -> Vec<&str> {
    let mut items = Vec::new();
    for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        if let Err(place) = items.binary_search(&item) {
            items.insert(place, item);
        }
    }
    items
}

/// The section of what is not a profile's.
pub(super) const SETTINGS: &str = "__settings__";
const DEFAULT_PROFILE: &str = "default_profile";

/// More than anybody has, and few enough to be compared with each other.
const MOST_NAMES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::super::ini::parse;
    use super::*;

    /// The token of the profile that counts, "" if none is set.
    fn token(text: &str, name: Option<&str>) -> Result<Option<String>, Unusable> {
        let ini = parse(text).expect("INI");
        let section = profile(&ini, name)?;
        Ok(section.map(|section| section.get("token").unwrap_or_default().to_owned()))
    }

    #[test]
    fn the_profile_that_counts_is_that_which_go_takes() {
        const P: &str = "[p]\ntoken = t1\n";
        let with = |rest: &str| format!("{P}{rest}");
        for (text, name, read) in [
            (P.to_owned(), Some("p"), Some("t1")),
            (with("[a.b]\ntoken = t2"), Some("a.b"), Some("t2")),
            ("[a]\ntoken = t2\n[a.b]\nhost = h".to_owned(), Some("a.b"), Some("")),
            ("[DEFAULT]\ntoken = t2\n[p]\nhost = h".to_owned(), Some("p"), Some("")),
            ("token = t2".to_owned(), None, Some("t2")),
            ("token = t2".to_owned(), Some("DEFAULT"), Some("t2")),
            (with("[__settings__]\ndefault_profile = p"), None, Some("t1")),
            (with("[__settings__]\ndefault_profile = \"p\""), None, Some("t1")),
            (with("[__settings__]\ndefault_profile = p\n[DEFAULT]\ntoken = t2"), None, Some("t1")),
            (with("[__settings__]\nauth_storage = x\n[DEFAULT]\ntoken = t2"), None, Some("t2")),
            (with("[__settings__]\ndefault_profile =\n[DEFAULT]\ntoken = t2"), None, Some("t2")),
            (P.to_owned(), None, None),
            (with("[DEFAULT]"), None, None),
            (String::new(), None, None),
        ] {
            assert_eq!(token(&text, name), Ok(read.map(str::to_owned)), "{text} {name:?}");
        }
    }

    #[test]
    fn a_profile_that_cannot_be_had_is_told_with_those_that_can() {
        let text = "[DEFAULT]\n[dev]\nhost = h\n[empty]\n[prod]\nhost = h\n[__settings__]\n\
                    default_profile = gone";
        let missing = |name: &str, asked| Unusable::Missing {
            name: name.to_owned(),
            asked,
            names: vec!["dev".to_owned(), "prod".to_owned()],
        };
        let reserved =
            |asked| Unusable::Reserved { asked, names: vec!["dev".to_owned(), "prod".to_owned()] };
        for (name, problem) in [
            (None, missing("gone", Asked::ByFile)),
            (Some("nope"), missing("nope", Asked::BySetting)),
            (Some(" dev "), missing(" dev ", Asked::BySetting)),
            (Some("Dev"), missing("Dev", Asked::BySetting)),
            (Some("empty"), missing("empty", Asked::BySetting)),
            (Some("DEFAULT"), missing("DEFAULT", Asked::BySetting)),
            (Some("__settings__"), reserved(Asked::BySetting)),
        ] {
            assert_eq!(token(text, name), Err(problem), "{name:?}");
        }
        let to_itself = text.replace("gone", "__settings__");
        assert_eq!(token(&to_itself, None), Err(reserved(Asked::ByFile)));
    }

    #[test]
    fn a_list_is_sorted_and_holds_each_once() {
        assert_eq!(list("b, a ,,a"), ["a", "b"]);
        assert!(list(" , ").is_empty());
    }
}
