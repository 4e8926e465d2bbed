//! The codings of a body (RFC 9110 §8.4). None is asked for; some gateways compress all the same.

use std::io::Read;

use flate2::bufread::{GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use zeroize::Zeroizing;

use super::body::LARGEST_BODY;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Undecoded {
    /// Nobody here knows that coding, or there are several.
    Unknown(String),
    /// It is not of the coding that it says.
    Broken,
    /// It is larger than any answer may be.
    TooLarge,
}

/// What `body` says, freed of the coding that `headers` name; `None` if it has none.
pub(super) fn decoded(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, Undecoded> {
    let named = headers.get_all(CONTENT_ENCODING).iter();
    let named: Vec<String> =
        named.map(|name| String::from_utf8_lossy(name.as_bytes()).to_lowercase()).collect();
    let all = named.join(",");
    let mut codings =
        all.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "identity"));
    // Some that name a coding send JSON all the same, or nothing.
    let is_plain = body.is_empty() || body.trim_ascii_start().starts_with(b"{");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(None),
        (Some(_), _) if is_plain => Ok(None),
        (Some("gzip" | "x-gzip"), None) => inflated(GzDecoder::new(body)).map(Some),
        (Some("deflate"), None) => inflated(ZlibDecoder::new(body)).map(Some),
        (Some(_), _) => Err(Undecoded::Unknown(all)),
    }
}

/// Into memory of its size from the start, so that all of it is wiped.
fn inflated(mut decoder: impl Read) -> Result<Zeroizing<Vec<u8>>, Undecoded> {
    let mut body = Zeroizing::new(vec![0; LARGEST_BODY + 1]);
    let mut length = 0;
    while length < body.len() {
        match decoder.read(&mut body[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(_) => return Err(Undecoded::Broken),
        }
    }
    if length > LARGEST_BODY {
        return Err(Undecoded::TooLarge);
    }
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::{GzEncoder, ZlibEncoder};
    use flate2::{Compression, GzBuilder};
    use reqwest::header::HeaderValue;

    use super::*;

    const TEXT: &[u8] = b"{\"token\":\"token-1\"}";

    fn told(coding: &str, body: &[u8]) -> Result<Vec<u8>, Undecoded> {
        let coding = HeaderValue::from_str(coding).unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, coding)]);
        let decoded = decoded(&headers, body)?;
        Ok(decoded.map_or(body.to_vec(), |decoded| decoded.to_vec()))
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        written(GzEncoder::new(Vec::new(), Compression::default()), text)
    }

    fn written(mut encoder: GzEncoder<Vec<u8>>, text: &[u8]) -> Vec<u8> {
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_gateways_compress_is_read() {
        let header = GzBuilder::new().filename("name").comment("comment").extra(*b"extra");
        let with_header = header.write(Vec::new(), Compression::default());
        assert_eq!(decoded(&HeaderMap::new(), TEXT), Ok(None));
        for (coding, body) in [
            ("", TEXT.to_vec()),
            ("identity", TEXT.to_vec()),
            ("gzip", gzip(TEXT)),
            ("GZip, identity", gzip(TEXT)),
            ("x-gzip", written(with_header, TEXT)),
            ("deflate", zlib(TEXT)),
            ("gzip", TEXT.to_vec()),
            ("br", [b"\r\n", TEXT].concat()),
        ] {
            let told = told(coding, &body).unwrap();
            assert_eq!(told.trim_ascii_start(), TEXT, "{coding}");
        }
        assert_eq!(told("gzip", b""), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let whole = gzip(TEXT);
        for length in 1..whole.len() {
            assert!(told("gzip", &whole[..length]).is_err(), "{length}");
        }
        assert_eq!(told("gzip", b"<html>"), Err(Undecoded::Broken));
        assert_eq!(told("deflate", b"<html>"), Err(Undecoded::Broken));
        assert_eq!(told("br", &whole), Err(Undecoded::Unknown("br".to_owned())));
        assert_eq!(told("zstd, gzip", &whole), Err(Undecoded::Unknown("zstd, gzip".to_owned())));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = vec![b'x'; LARGEST_BODY + 1];
        for size in [bomb.len(), 16 * bomb.len()] {
            let bomb = vec![b'x'; size];
            assert_eq!(told("gzip", &gzip(&bomb)), Err(Undecoded::TooLarge));
            assert_eq!(told("deflate", &zlib(&bomb)), Err(Undecoded::TooLarge));
        }
        assert_eq!(told("gzip", &gzip(&bomb[1..])), Ok(bomb[1..].to_vec()));
    }
}
