//! What stands in a value that does not belong to it: it came along when somebody pasted it, or a
//! tool wrote it.

/// What does not belong to `text`, if there is something.
///
/// It may be a part of a secret all the same, so nothing is refused for it that could be used.
/// Completes the sentence "DATABRICKS_TOKEN …".
pub(crate) fn excess(text: &str) -> Option<&'static str> {
    let is_in = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if ['"', '\'', '`'].into_iter().any(is_in) {
        return Some("is in quotes, which docker --env-file keeps");
    }
    if text.starts_with('{') && text.ends_with('}') && text.contains('"') {
        return Some("is JSON, not the value itself");
    }
    if text.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("bearer ")) {
        return Some("begins with the word Bearer, which does not belong to it");
    }
    if BASE64_OF_SECRETS.iter().any(|beginning| text.starts_with(beginning)) {
        return Some("is in base64, as Kubernetes writes secrets, and has to be decoded");
    }
    text.contains(is_unseen).then_some("contains a character that cannot be seen")
}

/// Whether it takes no room, or turns what follows.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// What "dose" and a digit make, with which OAuth secrets begin, and "dapi", as tokens do.
const BASE64_OF_SECRETS: [&str; 2] = ["ZG9zZ", "ZGFwa"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_belong_to_a_value_is_told() {
        for (text, part) in [
            ("\"value-1\"", "quotes"),
            ("'value-1'", "quotes"),
            ("`value-1`", "quotes"),
            (r#"{"access_token":"value-1"}"#, "JSON"),
            ("{\n  \"access_token\": \"value-1\"\n}", "JSON"),
            ("Bearer value-1", "Bearer"),
            ("bearer value-1", "Bearer"),
            ("ZG9zZTAxMjM0NTY3ODk=", "base64"),
            ("ZGFwaTAxMjM0NTY3ODk=", "base64"),
            ("value-1\u{200b}", "seen"),
            ("\u{feff}value-1", "seen"),
        ] {
            assert!(excess(text).is_some_and(|told| told.contains(part)), "{text}");
        }
    }

    #[test]
    fn of_any_other_value_all_belongs_to_it() {
        for text in ["value-1", "", "\"", "a\"b", "\"a", "it's", "{a}", "Bearer", "Bearerx", "é 😀"]
        {
            assert_eq!(excess(text), None, "{text}");
        }
    }
}
