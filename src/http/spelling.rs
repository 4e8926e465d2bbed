//! The ways in which a server is likely to spell a secret, as letters and digits alone: cases, blanks
//! and punctuation amid make no difference.

use form_urlencoded::byte_serialize;

/// A letter or digit without its case, or any punctuation, below 37.
pub(super) type Symbol = u8;

/// Of ASCII alone: what else there is may as well be put amid a secret.
pub(super) fn symbol(c: char) -> Option<Symbol> {
    c.to_digit(u32::from(PUNCTUATION)).map(|digit| digit as Symbol)
}

/// The same, and one for all punctuation.
pub(super) fn character(c: char) -> Option<Symbol> {
    symbol(c).or_else(|| c.is_ascii_punctuation().then_some(PUNCTUATION))
}

pub(super) fn plain(text: &str) -> impl Iterator<Item = Symbol> {
    text.chars().filter_map(symbol)
}

/// As in a form or, where a `space` is "%20", in the path of a URL.
pub(super) fn form(secret: &str, space: &'static str) -> impl Iterator<Item = Symbol> {
    let parts = byte_serialize(secret.as_bytes());
    parts.map(move |part| if part == "+" { space } else { part }).flat_map(plain)
}

pub(super) fn html(secret: &str) -> impl Iterator<Item = Symbol> {
    secret.chars().flat_map(|c| {
        let (entity, itself) = match c {
            '&' => ("amp", None),
            '<' => ("lt", None),
            '>' => ("gt", None),
            '"' => ("quot", None),
            '\'' => ("39", None),
            _ => ("", symbol(c)),
        };
        plain(entity).chain(itself)
    })
}

/// Also the spelling in which every letter is percent-encoded.
pub(super) fn hex(secret: &str) -> impl Iterator<Item = Symbol> {
    secret.bytes().flat_map(|byte| [byte >> 4, byte & 15])
}

/// Of either alphabet, whose difference is not in its letters, where the secret begins `alignment`
/// bytes after a group of three. Without the characters that depend on what stands around it.
pub(super) fn base64(secret: &[u8], alignment: usize) -> impl Iterator<Item = Symbol> {
    let byte = move |at: usize| {
        let at = at.checked_sub(alignment);
        at.and_then(|at| secret.get(at)).copied().map_or(0, u16::from)
    };
    let (first, end) = ((alignment * 8).div_ceil(6), (alignment + secret.len()) * 8 / 6);
    (first..end).filter_map(move |at| {
        let (start, shift) = (at * 6 / 8, at * 6 % 8);
        let sextet = (byte(start) << 8 | byte(start + 1)) >> (10 - shift) & 63;
        match sextet as u8 {
            upper @ 0..26 => Some(upper + 10),
            lower @ 26..52 => Some(lower - 26 + 10),
            digit @ 52..62 => Some(digit - 52),
            _ => None,
        }
    })
}

/// The symbol that all punctuation has.
const PUNCTUATION: Symbol = 36;
