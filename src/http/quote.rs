//! What may be repeated of a service's own words.

/// At most 300 printable characters of `text`, with every one of `secrets`, and whatever looks like
/// a token, struck out.
pub fn quote(text: &str, secrets: &[&str]) -> String {
    let text = strike_secrets(text, secrets);
    let printable: String = text.chars().map(|c| if is_printable(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = printable.split_whitespace().map(strike_token).collect();
    // Once more: a secret with a space in it may have been spelled with a tab until now.
    strike_secrets(&words.join(" "), secrets).chars().take(LONGEST_QUOTE).collect()
}

fn strike_secrets(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, STRUCK_OUT);
    }
    text
}

fn is_printable(c: char) -> bool {
    // Beyond the control characters: those that reorder or hide text on a terminal.
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn strike_token(word: &str) -> &str {
    let is_long = word.len() >= SHORTEST_TOKEN;
    if is_long || word.contains("dapi") || word.contains("eyJ") { STRUCK_OUT } else { word }
}

const STRUCK_OUT: &str = "[redacted]";

const LONGEST_QUOTE: usize = 300;

/// Longer than a request id and most paths, shorter than most tokens.
const SHORTEST_TOKEN: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_quoted_as_it_is() {
        let sentence = "User lacks CAN USE on projects/p/branches/b/endpoints/e – ask the owner.";
        assert_eq!(quote(sentence, &["secret-1", ""]), sentence);
    }

    #[test]
    fn secrets_and_what_looks_like_a_token_are_struck_out() {
        assert_eq!(quote("bad secret-1, secret-1!", &["secret-1"]), "bad [redacted], [redacted]!");
        assert_eq!(quote("token dapi0123 is bad", &[]), "token [redacted] is bad");
        assert_eq!(quote("token eyJhbGciOi.J9 is bad", &[]), "token [redacted] is bad");
        assert_eq!(quote(&"x".repeat(2000), &[]), "[redacted]");
    }

    #[test]
    fn a_secret_is_struck_out_however_its_spaces_are_spelled() {
        for text in ["bad secret 1", "bad secret\t1", "bad secret\u{200b}1", "bad secret \u{a0} 1"]
        {
            assert_eq!(quote(text, &["secret 1"]), "bad [redacted]");
        }
    }

    #[test]
    fn what_is_not_printable_is_not_quoted() {
        assert_eq!(quote("a\u{1b}[31m\r\n\tb\u{202e}c\0", &[]), "a [31m b c");
    }

    #[test]
    fn a_quote_is_bounded() {
        assert_eq!(quote(&"ä ".repeat(1000), &[]).chars().count(), 300);
    }
}
