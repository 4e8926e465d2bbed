//! What may be repeated of a service's own words.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use form_urlencoded::byte_serialize;

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
    for spelling in secrets.iter().flat_map(|secret| spellings(secret)) {
        text = text.replace(&spelling, STRUCK_OUT);
    }
    text
}

/// A secret in every way in which a server is likely to repeat it.
fn spellings(secret: &str) -> Vec<String> {
    let form: String = byte_serialize(secret.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = html.replace('"', "&quot;").replace('\'', "&#39;");
    let mut spellings = vec![
        secret.to_owned(),
        with_lower_hex(&form),
        with_lower_hex(&percent),
        form,
        percent,
        html,
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    spellings.retain(|spelling| !spelling.is_empty());
    // A shorter one may be part of a longer one.
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spellings
}

fn with_lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at(2.min(part.len()));
        lower.push('%');
        lower.push_str(&hex.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
}

/// Neither a control character nor one that hides or turns text on a terminal.
fn is_printable(c: char) -> bool {
    // What Rust prints as itself for debugging, but for the three it escapes for its own syntax.
    matches!(c, '\'' | '"' | '\\') || c.escape_debug().eq([c])
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
    fn a_secret_is_struck_out_in_every_spelling() {
        let secret = "a+b/c <d>&'e'%:é";
        for spelling in spellings(secret) {
            let quoted = quote(&format!("I was sent {spelling}!"), &[secret]);
            assert!(quoted.contains("[redacted]"), "{spelling}: {quoted}");
            assert!(!quoted.contains(&spelling), "{spelling}: {quoted}");
        }
        assert_eq!(quote("of %e2%82%ac", &["€"]), "of [redacted]");
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
