//! Node's own options, as far as they say whom to trust.

/// Whether Node was told to trust the system's certificates, or not to: by the last of `options`, the
/// arguments of `node` itself, or else of those in `NODE_OPTIONS`. `None` if neither says.
pub(super) fn trusts_system(node_options: &str, options: &[String]) -> Option<bool> {
    let all = arguments(node_options).into_iter().chain(options.iter().cloned());
    // Node takes an underscore for a hyphen.
    let mut named = all.filter_map(|option| match option.replace('_', "-").as_str() {
        USE_SYSTEM_CA => Some(true),
        "--no-use-system-ca" => Some(false),
        _ => None,
    });
    named.next_back()
}

/// `NODE_OPTIONS` as Node takes it apart: at spaces that are not between double quotes, within which a
/// backslash takes the next letter as it is.
fn arguments(text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut argument: Option<String> = None;
    let mut is_quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' if !is_quoted => arguments.extend(argument.take()),
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => argument.get_or_insert_default().extend(letters.next()),
            letter => argument.get_or_insert_default().push(letter),
        }
    }
    arguments.extend(argument);
    arguments
}

pub(super) const USE_SYSTEM_CA: &str = "--use-system-ca";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_taken_apart_as_node_does_it() {
        for (text, expected) in [
            ("", &[][..]),
            ("--a  --b", &["--a", "--b"]),
            (r#"--require "./my file.js" --b"#, &["--require", "./my file.js", "--b"]),
            (r#"--a="x \"y\" \\z""#, &[r#"--a=x "y" \z"#]),
            (r"--require C:\a.js", &["--require", r"C:\a.js"]),
            (r#""--a --b"#, &["--a --b"]),
        ] {
            assert_eq!(arguments(text), expected, "{text}");
        }
    }

    #[test]
    fn the_last_word_about_the_systems_certificates_counts_and_nodes_own_arguments_come_last() {
        for (variable, options, expected) in [
            ("", &[][..], None),
            ("--use-system-ca", &[], Some(true)),
            ("--max-old-space-size=512 --use_system_ca", &[], Some(true)),
            ("\"--use-system-ca\"", &[], Some(true)),
            ("--use-system-ca --no-use-system-ca", &[], Some(false)),
            ("--use-system-ca", &["--no-use-system-ca"], Some(false)),
            ("--no-use-system-ca", &["--inspect", "--use-system-ca"], Some(true)),
            ("--title=--use-system-ca", &["--use-system-cat"], None),
            (r#"--title "a --use-system-ca""#, &[], None),
        ] {
            let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
            assert_eq!(trusts_system(variable, &options), expected, "{variable} {options:?}");
        }
    }
}
