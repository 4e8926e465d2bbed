//! What may be repeated of somebody else's words: a service's, a library's, a path's.
//!
//! A server chooses both the text and one of the secrets, so the cost is bounded by constants: the
//! text is cut first, and what is kept besides grows with the text alone.

use std::ops::Range;

use super::pieces::{PIECE, Pieces, pushed};
use super::spelling::{Symbol, base64, character, form, hex, html, plain, symbol};

/// At most 300 printable characters of `text`, with every one of `secrets`, and whatever looks like
/// a token, struck out.
pub(super) fn quote(text: &str, secrets: &[&str]) -> String {
    let mut page = Page::without(secrets, text);
    page.strike_tokens();
    page.read()
}

/// The same of our own words with somebody's path in them: a long word is no token there.
pub(super) fn quote_path(text: &str, secrets: &[&str]) -> String {
    Page::without(secrets, text).read()
}

/// A text in which any part can be struck out.
struct Page {
    /// Printable, with single spaces.
    text: String,
    /// Which bytes of the text are struck out.
    is_struck: Vec<bool>,
    /// The letters and digits of the text, which are compared without whatever stands between them.
    letters: Index,
    /// The same with punctuation among them: of a secret that has some, 12 characters in a row are
    /// fewer letters.
    characters: Index,
}

/// What of a text is compared, and where each 12 of it begin.
struct Index {
    letters: Vec<Letter>,
    pieces: Pieces,
}

struct Letter {
    symbol: Symbol,
    start: usize,
    end: usize,
}

impl Page {
    fn without(secrets: &[&str], text: &str) -> Page {
        let mut page = Page::of(text);
        for secret in secrets {
            page.strike_secret(secret);
        }
        page
    }

    fn of(text: &str) -> Page {
        let kept = beginning(text);
        let is_cut = kept.len() < text.len();
        let text = printable(kept);
        let is_struck = vec![false; text.len()];
        let letters = Index::of(&text, symbol);
        let characters = Index::of(&text, character);
        let mut page = Page { text, is_struck, letters, characters };
        if is_cut {
            // It may be the beginning of a secret that is too short to have pieces.
            let count = page.letters.letters.len();
            let end = page.letters.bytes(&page.text, count.saturating_sub(PIECE), count);
            page.strike(end);
        }
        page
    }

    /// Strikes out `secret` in every way in which it is likely to be repeated: any 12 letters of a
    /// spelling, in either case and with anything between them, or the whole of a shorter one.
    fn strike_secret(&mut self, secret: &str) {
        let shortest = if secret.is_ascii() { 1 } else { SHORTEST_ENCODED };
        self.strike_as_it_is(secret);
        self.strike_characters(secret);
        self.strike_spelling(plain(secret), shortest);
        self.strike_spelling(secret.chars().rev().filter_map(symbol), SHORTEST_ENCODED);
        self.strike_spelling(hex(secret), SHORTEST_ENCODED);
        for alignment in 0..3 {
            self.strike_spelling(base64(secret.as_bytes(), alignment), SHORTEST_ENCODED);
        }
        // Where nothing is escaped these are the plain one.
        if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.strike_spelling(form(secret, "+"), SHORTEST_ENCODED);
            self.strike_spelling(form(secret, "%20"), SHORTEST_ENCODED);
            self.strike_spelling(html(secret), SHORTEST_ENCODED);
        }
    }

    /// Strikes out every piece of `spelling`, or all of it where that is less than a piece, but
    /// nothing that is shorter than `shortest`.
    fn strike_spelling(&mut self, mut spelling: impl Iterator<Item = Symbol>, shortest: usize) {
        let first: Vec<Symbol> = spelling.by_ref().take(PIECE).collect();
        if first.len() >= PIECE {
            let found = self.letters.pieces_of(&self.text, first.into_iter().chain(spelling));
            found.into_iter().for_each(|bytes| self.strike(bytes));
        } else if first.len() >= shortest {
            let found = self.letters.whole(&self.text, &first);
            found.into_iter().for_each(|bytes| self.strike(bytes));
        }
    }

    /// Strikes out every 12 characters of `secret`, punctuation among them.
    fn strike_characters(&mut self, secret: &str) {
        let spelling = secret.chars().filter_map(character);
        let found = self.characters.pieces_of(&self.text, spelling);
        found.into_iter().for_each(|bytes| self.strike(bytes));
    }

    fn strike(&mut self, bytes: Range<usize>) {
        self.is_struck[bytes].fill(true);
    }

    /// For what is no letter or digit in it, or none of ASCII.
    fn strike_as_it_is(&mut self, secret: &str) {
        let secret = printable(beginning(secret));
        if secret.is_empty() {
            return;
        }
        for (start, found) in self.text.match_indices(&secret) {
            self.is_struck[start..start + found.len()].fill(true);
        }
    }

    fn strike_tokens(&mut self) {
        let mut start = 0;
        for word in self.text.split(' ') {
            let end = start + word.len();
            if looks_like_a_token(word) {
                self.is_struck[start..end].fill(true);
            }
            start = end + 1;
        }
    }

    /// The beginning of what is left.
    fn read(&self) -> String {
        let mut was_struck = false;
        let left = self.text.char_indices().flat_map(|(at, c)| {
            let is_struck = self.is_struck[at];
            let mark = if is_struck && !was_struck { STRUCK_OUT } else { "" };
            was_struck = is_struck;
            mark.chars().chain((!is_struck).then_some(c))
        });
        left.take(LONGEST_QUOTE).collect()
    }
}

impl Index {
    /// Of that in `text` for which there is a symbol.
    fn of(text: &str, symbol: fn(char) -> Option<Symbol>) -> Index {
        let letters: Vec<Letter> = text
            .char_indices()
            .filter_map(|(start, c)| {
                Some(Letter { symbol: symbol(c)?, start, end: start + c.len_utf8() })
            })
            .collect();
        let pieces = Pieces::of(letters.iter().map(|letter| letter.symbol));
        Index { letters, pieces }
    }

    /// Where in `text` any 12 symbols of `spelling` are, which no earlier one has found there.
    fn pieces_of(
        &mut self,
        text: &str,
        mut spelling: impl Iterator<Item = Symbol>,
    ) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut piece = spelling.by_ref().take(PIECE - 1).fold(0, pushed);
        for symbol in spelling {
            piece = pushed(piece, symbol);
            while let Some(start) = self.pieces.take(piece) {
                found.push(self.bytes(text, start, start + PIECE));
            }
        }
        found
    }

    /// Where in `text` all of `word` is.
    fn whole(&self, text: &str, word: &[Symbol]) -> Vec<Range<usize>> {
        let is_there = |letters: &[Letter]| {
            letters.iter().map(|letter| letter.symbol).eq(word.iter().copied())
        };
        let starts = self.letters.windows(word.len()).enumerate();
        starts
            .filter(|(_, letters)| is_there(letters))
            .map(|(start, _)| self.bytes(text, start, start + word.len()))
            .collect()
    }

    /// The letters from `start` to before `end`, and what stands between them.
    fn bytes(&self, text: &str, start: usize, end: usize) -> Range<usize> {
        let letters = &self.letters[start..end];
        let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return 0..0 };
        // The first letter's own escape goes with it.
        let is_escaped = text[..first.start].ends_with('%');
        first.start - usize::from(is_escaped)..last.end
    }
}

/// As much of `text` as is looked at.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `text` without what is not printable, and with single spaces. Windows ends a sentence before the
/// number of an error, and ours goes on.
fn printable(text: &str) -> String {
    let printable: String = text.chars().map(|c| if is_printable(c) { c } else { ' ' }).collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace(". (os error ", " (os error ")
}

/// Neither a control character nor one that hides or turns text on a terminal.
fn is_printable(c: char) -> bool {
    // What Rust prints as itself for debugging, but for the three it escapes for its own syntax.
    matches!(c, '\'' | '"' | '\\') || c.escape_debug().eq([c])
}

fn looks_like_a_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN || word.contains("dapi") || word.contains("eyJ")
}

const STRUCK_OUT: &str = "[redacted]";

/// Much longer than a quote, which may begin with a token or two that are struck out.
const LONGEST_TEXT: usize = 4096;

const LONGEST_QUOTE: usize = 300;

/// Longer than a request id and most paths, shorter than most tokens.
const SHORTEST_TOKEN: usize = 80;

/// A shorter spelling stands for one or two letters, and occurs in any text.
const SHORTEST_ENCODED: usize = 4;

#[cfg(test)]
mod tests {
    use form_urlencoded::byte_serialize;

    use super::*;
    use crate::http::pieces::FILTER_WORDS;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    #[test]
    fn twelve_characters_of_a_secret_are_struck_though_some_are_punctuation() {
        for (text, left) in [
            ("secret-k3v9x and more", "[redacted] and more"),
            ("a/b+c~d.e_f-", "[redacted]"),
            ("A/B+C~D.E_F-g", "[redacted]"),
        ] {
            let secret = if text.starts_with('s') { "secret-k3v9xq7" } else { "a/b+c~d.e_f-g=h" };
            assert_eq!(quote(text, &[secret]), left);
        }
    }

    #[test]
    fn an_error_of_windows_reads_as_one_of_unix() {
        let said = "The system cannot find the file specified.\r\n (os error 2) at 'C:\\ca.pem'";
        let told = "The system cannot find the file specified (os error 2) at 'C:\\ca.pem'";
        assert_eq!(quote_path(said, &[]), told);
    }

    #[test]
    fn a_path_is_quoted_however_long_it_is_but_not_a_secret_in_it() {
        let path = format!("/home/{}/certs.pem", "folder/".repeat(20));
        assert_eq!(quote(&path, &[]), "[redacted]");
        assert_eq!(quote_path(&path, &[]), path);
        assert_eq!(
            quote_path("/home/secret-1/certs.pem", &["secret-1"]),
            "/home/[redacted]/certs.pem"
        );
    }

    #[test]
    fn a_sentence_is_quoted_as_it_is() {
        let sentence = "User lacks CAN USE on projects/p/branches/b/endpoints/e – ask the owner.";
        assert_eq!(quote(sentence, &["secret-1", ""]), sentence);
        assert_eq!(
            quote(sentence, &["dose0123456789abcdef0123456789abcdef", "!", " ", "€"]),
            sentence
        );
    }

    #[test]
    fn secrets_and_what_looks_like_a_token_are_struck_out() {
        assert_eq!(quote("bad secret-1, secret-1!", &["secret-1"]), "bad [redacted], [redacted]!");
        assert_eq!(quote("token dapi0123 is bad", &[]), "token [redacted] is bad");
        assert_eq!(quote("token eyJhbGciOi.J9 is bad", &[]), "token [redacted] is bad");
        assert_eq!(quote(&"x".repeat(2000), &[]), "[redacted]");
        assert_eq!(quote("bad **!, *", &["**!"]), "bad [redacted], *");
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
        for secret in ["a+b/c <d>&'e'%:é", "dose0123456789abcdef0123456789abcdef"] {
            for spelling in all(secret) {
                let quoted = quote(&format!("I got {spelling}!"), &[secret]);
                assert!(quoted.contains("[redacted]"), "{spelling}: {quoted}");
                // "I got", and of a base64 the letters that stand for its surroundings too.
                let left = letters(&quoted.replace("[redacted]", ""));
                assert!(left.len() <= 4 + 6, "{spelling}: {quoted}");
            }
        }
        for (text, secret) in
            [("%e2%82%ac", "€"), ("€", "€"), ("пароль1", "пароль1"), ("4oKs", "€")]
        {
            assert_eq!(quote(&format!("of {text} 1"), &[secret]), "of [redacted] 1");
        }
    }

    /// As a server may spell it.
    fn spellings(secret: &str) -> Vec<String> {
        let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let html = html.replace('"', "&quot;").replace('\'', "&#39;");
        let form: String = byte_serialize(secret.as_bytes()).collect();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let escaped: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let between = |what| secret.chars().map(String::from).collect::<Vec<_>>().join(what);
        let mut spellings = vec![
            secret.to_owned(),
            secret.to_uppercase(),
            secret.to_lowercase(),
            secret.chars().rev().collect(),
            form.to_lowercase(),
            form.replace('+', "%20"),
            form,
            html,
            hex.to_uppercase(),
            hex,
            escaped.to_lowercase(),
            escaped,
        ];
        spellings.extend([" ", "-", "\u{1b}", "\u{ad}", "\u{345}"].map(between));
        spellings
    }

    /// Within something else.
    fn base64s(secret: &str) -> Vec<String> {
        let around = ["", "x", "xy"].map(|before| format!("{before}{secret}z"));
        around
            .iter()
            .flat_map(|text| [STANDARD.encode(text), URL_SAFE_NO_PAD.encode(text)])
            .collect()
    }

    fn all(secret: &str) -> Vec<String> {
        [spellings(secret), base64s(secret)].concat()
    }

    fn letters(text: &str) -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    }

    proptest! {
        #[test]
        fn no_quote_holds_twelve_letters_of_any_spelling_of_a_secret(
            secrets in vec("[ -~]{1,60}|[A-Za-z0-9+/_-]{12,90}", 1..4),
            pieces in vec(piece(), 0..12),
        ) {
            let mut text = String::new();
            for (words, secret, spelling, from, length) in pieces {
                let secret: &String = secret.get(&secrets);
                let spellings = all(secret);
                let spelling: Vec<char> = spelling.get::<String>(&spellings).chars().collect();
                let from = from.index(spelling.len());
                text.push_str(&words);
                text.extend(spelling.into_iter().skip(from).take(length));
            }
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let quoted = quote(&text, &secrets);
            prop_assert!(quoted.chars().count() <= 300);
            prop_assert!(quoted.chars().all(is_printable));
            for secret in secrets {
                let mut own: Vec<String> = spellings(secret).iter().map(|text| letters(text)).collect();
                // Without the surroundings.
                own.extend(base64s(secret).iter().map(|text| {
                    let letters = letters(text);
                    letters.get(3..letters.len().saturating_sub(5)).unwrap_or_default().to_owned()
                }));
                for left in quoted.split("[redacted]").map(letters) {
                    for piece in left.as_bytes().windows(12) {
                        let piece = str::from_utf8(piece).unwrap();
                        prop_assert!(!own.iter().any(|own| own.contains(piece)), "{quoted}: {piece}");
                    }
                }
            }
        }
    }

    /// Some words, then `length` characters of a spelling of a secret.
    fn piece() -> impl Strategy<Value = (String, Index, Index, Index, usize)> {
        ("(\\PC{0,5} )?", any::<Index>(), any::<Index>(), any::<Index>(), 0..100_usize)
    }

    #[test]
    fn a_piece_of_a_secret_is_struck_out() {
        let secret = "dose0123456789abcdefghijklmnop";
        for (text, quoted) in [
            ("I got ose0123456789abcdefghijklmnop", "I got [redacted]"),
            ("I got dose0123456789abcdefghijklmno.", "I got [redacted]."),
            ("I got dose01234567…", "I got [redacted]…"),
            ("I got dose0123456…", "I got dose0123456…"),
            ("dose01234567 or efghijklmnop", "[redacted] or [redacted]"),
        ] {
            assert_eq!(quote(text, &[secret]), quoted);
        }
    }

    #[test]
    fn a_secret_that_is_cut_off_with_the_text_is_struck_out() {
        for secret in ["secret-1", "dose0123456789abcdef"] {
            for kept in 0..20 {
                // Which is struck out, so that what follows is in the quote.
                let token = "x".repeat(LONGEST_TEXT - kept - 1);
                let quoted = quote(&format!("{token} {secret} {}", "y ".repeat(50)), &[secret]);
                assert_eq!(plain(&quoted.replace("[redacted]", "")).count(), 0, "{kept}: {quoted}");
            }
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

    #[test]
    fn no_secret_makes_a_text_longer_or_costs_more_than_the_text() {
        let text = "e ".repeat(500_000);
        for secret in ["e", "e e", &"e".repeat(60_000), &"ab".repeat(30_000), "[redacted]"] {
            let page = {
                let mut page = Page::of(&text);
                page.strike_secret(secret);
                page
            };
            assert!(page.text.len() <= LONGEST_TEXT);
            for index in [&page.letters, &page.characters] {
                let pieces = &index.pieces;
                assert!(index.letters.len() <= LONGEST_TEXT);
                assert!(pieces.sorted.len() <= LONGEST_TEXT);
                assert!(pieces.filter.len() <= FILTER_WORDS);
                // Each place is struck out once, however often the secret repeats itself.
                assert!(pieces.taken.iter().sum::<usize>() <= pieces.sorted.len());
            }
            assert!(page.read().len() <= LONGEST_QUOTE, "{secret}");
        }
    }
}
