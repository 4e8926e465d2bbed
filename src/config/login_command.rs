//! Commands of the Databricks CLI, as messages tell people to run them.

use super::excess::is_unseen;
use super::labels::Label;

/// What makes a profile. A newcomer at the command line needs all of it: without a host it asks for one.
pub(super) fn login(profile: &str, named_by: Option<&Label>) -> String {
    let host = if named_by.is_some_and(Label::is_option) { " --host <workspace URL>" } else { "" };
    format!("{}{host}", login_command("login", Some(profile), ""))
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

const LONGEST_NAME: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

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
}
