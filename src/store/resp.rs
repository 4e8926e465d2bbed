//! The protocol of Redis, as far as a conversation of five commands takes it. Pure.
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>
//!
//! Of our own, because no crate fits the budget of the binary (3.25 MB, of which 60 KB were left): with `opt-level = "z"`
//! and fat LTO `redis` 1.8 adds 228 KB over a tokio that is there already, its encoder and parser alone 129 KB,
//! `redis-protocol` 6 27 KB and five crates; this adds 4 KB. No command here has an answer of another kind.

use std::fmt;
use std::ops::Range;

/// What a server answers one command.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// `+OK`
    Done,
    /// `-WRONGPASS …`: its first word, and what `-MOVED` says after it.
    Refused(String, Option<String>),
    Number(i64),
    /// `None`: there is nothing.
    Text(Option<Vec<u8>>),
}

/// It is no answer of Redis's, or of no kind that any command here has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Done => f.write_str("Done"),
            Reply::Refused(word, _) => write!(f, "Refused({word})"),
            Reply::Number(number) => write!(f, "Number({number})"),
            Reply::Text(text) => write!(f, "Text({:?} bytes)", text.as_ref().map(Vec::len)),
        }
    }
}

/// Adds a command to `to`.
pub(crate) fn put(to: &mut Vec<u8>, words: &[&[u8]]) {
    to.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        to.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        to.extend_from_slice(word);
        to.extend_from_slice(b"\r\n");
    }
}

/// The first reply in `bytes`, and how many of them it takes; nothing if it is not whole yet.
pub(crate) fn reply(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    let Some(line) = first_line(bytes)? else { return Ok(None) };
    let next = line.end + 2;
    let text = std::str::from_utf8(&bytes[line]).map_err(|_| Malformed)?;
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed)?;
    let number = || rest.parse::<i64>().map_err(|_| Malformed);
    let reply = match kind {
        "+" => Reply::Done,
        "-" => refused(rest),
        ":" => Reply::Number(number()?),
        "$" => match number()? {
            -1 => Reply::Text(None),
            length => return bulk(bytes, next, length),
        },
        _ => return Err(Malformed),
    };
    Ok(Some((reply, next)))
}

/// Without its end; nothing if that has not come yet.
fn first_line(bytes: &[u8]) -> Result<Option<Range<usize>>, Malformed> {
    match bytes.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) if end <= LONGEST_LINE => Ok(Some(0..end)),
        None if bytes.len() <= LONGEST_LINE => Ok(None),
        Some(_) | None => Err(Malformed),
    }
}

fn bulk(bytes: &[u8], at: usize, length: i64) -> Result<Option<(Reply, usize)>, Malformed> {
    let length = usize::try_from(length).map_err(|_| Malformed)?;
    if length > LONGEST_TEXT {
        return Err(Malformed);
    }
    let end = at + length;
    let Some(ending) = bytes.get(end..end + 2) else { return Ok(None) };
    if ending != b"\r\n" {
        return Err(Malformed);
    }
    Ok(Some((Reply::Text(Some(bytes[at..end].to_vec())), end + 2)))
}

/// The rest of it may repeat anything.
fn refused(text: &str) -> Reply {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let is_word =
        !word.is_empty() && word.len() <= 20 && word.bytes().all(|b| b.is_ascii_uppercase());
    let word = if is_word { word } else { "ERR" };
    // `MOVED 3999 10.0.0.1:6381`
    let place = rest.split_once(' ').filter(|_| word == "MOVED").map(|(_, place)| place.to_owned());
    Reply::Refused(word.to_owned(), place)
}

/// An error's. Nothing else is a line of more than a number.
const LONGEST_LINE: usize = 1024;

/// More than is ever asked for.
const LONGEST_TEXT: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(bytes: &[u8]) -> Reply {
        Reply::Text(Some(bytes.to_vec()))
    }

    #[test]
    fn a_command_is_put_as_redis_reads_it() {
        let mut bytes = Vec::new();
        put(&mut bytes, &[b"PTTL", b"a\r\nb"]);
        put(&mut bytes, &[b"SET", b"", b"x"]);
        let expected =
            "*2\r\n$4\r\nPTTL\r\n$4\r\na\r\nb\r\n*3\r\n$3\r\nSET\r\n$0\r\n\r\n$1\r\nx\r\n";
        assert_eq!(bytes, expected.as_bytes());
    }

    #[test]
    fn each_kind_of_reply_is_read() {
        for (bytes, expected) in [
            ("+OK\r\n", Reply::Done),
            (":-2\r\n", Reply::Number(-2)),
            ("$-1\r\n", Reply::Text(None)),
            ("$0\r\n\r\n", text(b"")),
            ("$4\r\na\r\nb\r\n", text(b"a\r\nb")),
            ("-WRONGPASS canary\r\n", Reply::Refused("WRONGPASS".to_owned(), None)),
            ("-canary\r\n", Reply::Refused("ERR".to_owned(), None)),
            (
                "-MOVED 3999 10.0.0.1:6381\r\n",
                Reply::Refused("MOVED".to_owned(), Some("10.0.0.1:6381".to_owned())),
            ),
        ] {
            let both = [bytes.as_bytes(), b"rest"].concat();
            assert_eq!(reply(&both), Ok(Some((expected, bytes.len()))), "{bytes:?}");
            for length in 0..bytes.len() {
                assert_eq!(reply(&bytes.as_bytes()[..length]), Ok(None), "{bytes:?} to {length}");
            }
        }
    }

    #[test]
    fn anything_else_is_no_reply() {
        for bytes in [
            "HTTP/1.1 400 Bad Request\r\n",
            "*1\r\n:1\r\n",
            "%1\r\n",
            "_\r\n",
            "\r\n",
            ":x\r\n",
            "$x\r\n",
            "$-2\r\n",
            "$2147483647\r\n",
            "$99999999999999999999\r\n",
            "$1\r\nabc",
            "+\u{e9}\r\n",
        ] {
            let result = reply(bytes.as_bytes());
            let is_done = matches!(result, Ok(Some((Reply::Done, _))));
            assert!(result == Err(Malformed) || is_done, "{bytes:?} {result:?}");
        }
        assert_eq!(reply(&[b'+'; 4096]), Err(Malformed), "a line without an end");
        assert_eq!(reply(b"+\xff\r\n"), Err(Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Some((_, taken))) = reply(&bytes) {
                prop_assert!(taken <= bytes.len());
            }
        }
    }
}
