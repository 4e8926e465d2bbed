//! What an entry is called, and how it is sealed: neither tells anything without what it is sealed by.
//!
//! HKDF (RFC 5869) of a secret that is random: a password would need something slower.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Okm, Prk, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// The names of an entry, and what opens it.
pub(crate) struct Seal {
    /// Where the token lies.
    pub name: String,
    /// Where whoever mints it says so.
    pub claim: String,
    key: LessSafeKey,
}

impl Seal {
    /// Of what `decides` the token, for all who have the same `secret`.
    pub(crate) fn new(secret: &str, decides: &[u8]) -> Seal {
        let prk = Salt::new(HKDF_SHA256, SALT).extract(secret.as_bytes());
        let mut name = [0; NAME_LENGTH];
        expand(&prk, &[b"name\0", decides], Length(NAME_LENGTH), |okm| okm.fill(&mut name));
        let key = prk.expand(&[b"seal\0", decides], &AES_256_GCM).map(UnboundKey::from);
        // Braces keep both in one slot of a cluster. Another version has other names.
        let name = format!("lakebase-token:1:{{{}}}", BASE64_URL.encode(name));
        let claim = format!("{name}:claim");
        Seal { name, claim, key: LessSafeKey::new(key.expect(SHORT_ENOUGH)) }
    }

    /// `plain`, sealed for this entry alone.
    pub(crate) fn close(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random()?;
        // Of its size from the start: what grows leaves its old memory behind.
        let mut sealed = Zeroizing::new(Vec::with_capacity(plain.len() + OVERHEAD));
        sealed.extend_from_slice(plain);
        let (aad, own) = (Aad::from(self.name.as_bytes()), Nonce::assume_unique_for_key(nonce));
        let tag = self.key.seal_in_place_separate_tag(own, aad, &mut sealed).ok()?;
        Some([&[VERSION], &nonce[..], &sealed, tag.as_ref()].concat())
    }

    /// What `sealed` holds; nothing if it is of another entry, or was changed.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut text = Zeroizing::new(rest.to_vec());
        let opened = self.key.open_in_place(nonce, Aad::from(self.name.as_bytes()), &mut text);
        let length = opened.ok()?.len();
        text.truncate(length);
        (*version == VERSION).then_some(text)
    }
}

/// Bytes that nobody can guess; nothing where the system gives none.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

fn expand<T>(
    prk: &Prk,
    info: &[&[u8]],
    length: Length,
    into: impl FnOnce(Okm<'_, Length>) -> Result<T, ring::error::Unspecified>,
) -> T {
    prk.expand(info, length).and_then(into).expect(SHORT_ENOUGH)
}

/// Of what is expanded, in bytes.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

const SALT: &[u8] = b"lakebase-token store v1";
const VERSION: u8 = 1;
const NAME_LENGTH: usize = 16;

/// Beside the text: the tag, while it is made.
const OVERHEAD: usize = 16;

/// HKDF refuses more than 255 times 32 bytes alone.
const SHORT_ENOUGH: &str = "that is short enough";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_the_same_secret_for_the_same_entry_alone() {
        let seal = || Seal::new("secret-1", b"entry-1");
        let sealed = seal().close(b"token").expect("random");
        let opened = |seal: Seal| seal.open(&sealed).map(|text| text.to_vec());
        assert_eq!(opened(seal()).as_deref(), Some(&b"token"[..]));
        assert_eq!(opened(Seal::new("secret-2", b"entry-1")), None);
        assert_eq!(opened(Seal::new("secret-1", b"entry-2")), None);
        assert_ne!(Some(sealed), seal().close(b"token"), "a nonce of its own");
    }

    #[test]
    fn names_differ_by_secret_and_entry_and_tell_neither() {
        let names = [("secret-1", "entry-1"), ("secret-1", "entry-2"), ("secret-2", "entry-1")]
            .map(|(secret, entry)| Seal::new(secret, entry.as_bytes()).name);
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), 3);
        for name in names {
            assert!(name.starts_with("lakebase-token:1:{") && name.len() == 41, "{name}");
            assert!(!name.contains("secret") && !name.contains("entry"));
        }
        // So that two versions of the package find each other's entries.
        let seal = Seal::new("secret-1", b"entry-1");
        assert_eq!(seal.name, "lakebase-token:1:{MicThmL6IIkGV_pKoTIN6Q}");
        assert_eq!(seal.claim, format!("{}:claim", seal.name));
    }

    #[test]
    fn no_bit_of_it_can_be_changed() {
        let seal = Seal::new("secret-1", b"entry-1");
        let sealed = seal.close(b"token").expect("random");
        for at in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert_eq!(seal.open(&changed), None, "bit {at}");
        }
        for length in 0..sealed.len() {
            assert_eq!(seal.open(&sealed[..length]), None, "to {length}");
        }
    }
}
