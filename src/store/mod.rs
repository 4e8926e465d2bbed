//! A store that a fleet shares a Postgres token by, so that one process mints it for all.
//!
//! A token lies there sealed, under a name that tells nothing, and no longer than it lives. Whoever mints one says so by
//! a *claim*, which expires and is never released: it saves requests, and nothing is wrong if two have one. A store that
//! fails is left alone for a while.

mod resp;
mod seal;
mod talk;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL;
use zeroize::Zeroizing;

use crate::cache::lease::Grant;
use crate::config::labels::NetworkLabels;
use crate::config::store::{Place, Store};
use crate::secret::{PostgresToken, Secret};
use crate::time::{Deadline, Now, TimeLimit};
use crate::wire::check_token;
use resp::Reply;
use seal::{Seal, random};
use talk::Commands;

pub(crate) use talk::Talk;

/// The place of one token in a store.
pub(crate) struct Entry {
    store: Arc<Store>,
    /// Of whom to trust there.
    labels: NetworkLabels,
    seal: Seal,
    known: Mutex<Known>,
}

/// What this process knows of it.
#[derive(Default)]
struct Known {
    left_alone: Option<Deadline>,
    counts: Counts,
}

/// What came of asking, for whoever watches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Tokens that were there.
    pub found: u64,
    pub not_found: u64,
    pub failures: u64,
    pub last_failure: Option<(SystemTime, String)>,
}

/// What is wanted in one round trip.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Token,
    Claim,
    Both,
}

/// What there was.
#[derive(Default)]
pub(crate) struct Seen {
    pub grant: Option<Grant<PostgresToken>>,
    /// Whether nobody else has claimed it.
    pub is_claimed: bool,
}

impl Entry {
    /// That of a token that `decides` decides, in `store`.
    pub(crate) fn new(store: Arc<Store>, labels: NetworkLabels, decides: &[u8]) -> Entry {
        let seal = Seal::new(store.sealed_by.expose(), decides);
        Entry { store, labels, seal, known: Mutex::default() }
    }

    /// Whether it has failed a moment ago.
    pub(crate) fn is_left_alone(&self, now: Now) -> bool {
        self.known().left_alone.is_some_and(|until| !until.is_past(now))
    }

    /// It has failed.
    pub(crate) fn failed(&self, why: String) {
        let now = Now::read();
        let mut known = self.known();
        known.left_alone = Some(Deadline::new(now, PAUSE));
        known.counts.failures += 1;
        known.counts.last_failure = Some((now.wall, format!("{} {why}", self.store.place)));
    }

    /// A token was there to be used, or was not.
    pub(crate) fn was_asked(&self, is_found: bool) {
        let counts = &mut self.known().counts;
        counts.found += u64::from(is_found);
        counts.not_found += u64::from(!is_found);
    }

    /// What came of it so far.
    pub(crate) fn counts(&self) -> Counts {
        self.known().counts.clone()
    }

    /// Begins a conversation with a look at the token; there is an answer within `limit`.
    ///
    /// # Errors
    ///
    /// In words without a secret, as those of the others; [`Entry::failed`] takes them.
    pub(crate) async fn open(&self, limit: TimeLimit) -> Result<(Talk, Seen), String> {
        let mut place = self.store.place.clone();
        for _ in 0..2 {
            match self.open_at(&place, limit).await? {
                Opened::There(talk, seen) => return Ok((talk, seen)),
                Opened::Elsewhere(other) => place = other,
            }
        }
        Err("answered MOVED twice".to_owned())
    }

    async fn open_at(&self, place: &Place, limit: TimeLimit) -> Result<Opened, String> {
        let mut talk = Talk::begin(place, (&self.store.network, &self.labels), limit).await?;
        let mut commands = Commands::greeting(place);
        let greetings = commands.count();
        add_look(&mut commands, &self.seal.name);
        let asked = Now::read();
        let mut replies = talk.ask(&commands).await?;
        if let Some(Reply::Refused(_, Some(place))) = replies.last() {
            return moved(&self.store.place, place).map(Opened::Elsewhere);
        }
        let rest = replies.split_off(greetings);
        for greeting in replies {
            done(&greeting)?;
        }
        let grant = self.grant(&rest, asked)?;
        Ok(Opened::There(talk, Seen { grant, is_claimed: false }))
    }

    /// Goes on with a conversation.
    pub(crate) async fn ask(&self, talk: &mut Talk, want: Want) -> Result<Seen, String> {
        let mut commands = Commands::default();
        if want != Want::Claim {
            add_look(&mut commands, &self.seal.name);
        }
        if want != Want::Token {
            let random = BASE64_URL.encode(random::<12>().unwrap_or_default());
            let life = CLAIM_LIFE.as_millis().to_string();
            let claim = self.seal.claim.as_bytes();
            commands.add(&[b"SET", claim, random.as_bytes(), b"NX", b"PX", life.as_bytes()]);
        }
        let asked = Now::read();
        let replies = talk.ask(&commands).await?;
        let grant = if want == Want::Claim { None } else { self.grant(&replies, asked)? };
        let is_claimed = match replies.last() {
            _ if want == Want::Token => false,
            Some(Reply::Text(None)) => false,
            // With a token there it takes no claim.
            Some(reply) if grant.is_none() => done(reply).map(|()| true)?,
            Some(_) | None => false,
        };
        Ok(Seen { grant, is_claimed })
    }

    /// Puts a token there, unless one is there that lives longer.
    pub(crate) async fn put(
        &self,
        talk: &mut Talk,
        grant: &Grant<PostgresToken>,
    ) -> Result<(), String> {
        let mut look = Commands::default();
        look.add(&[b"PTTL", self.seal.name.as_bytes()]);
        let theirs = match talk.ask(&look).await?.as_slice() {
            [Reply::Number(left)] => u64::try_from(*left).unwrap_or_default(),
            others => return Err(unexpected(others)),
        };
        // From both clocks at this moment: a process that slept must not lengthen a life.
        let left = grant.lifetime.saturating_sub(Now::read().since(grant.from));
        if left < SHORTEST || Duration::from_millis(theirs) > left + MUCH_LONGER {
            return Ok(());
        }
        let plain = written(grant);
        let sealed =
            self.seal.close(&plain).ok_or("was not asked: the system has no randomness")?;
        // Nobody would read all of it.
        if sealed.len() > LONGEST_ENTRY {
            return Ok(());
        }
        let name = self.seal.name.as_bytes();
        let mut put = Commands::default();
        put.add(&[b"SET", name, &sealed, b"PX", left.as_millis().to_string().as_bytes()]);
        talk.ask(&put).await?.iter().try_for_each(done)
    }

    /// Writes something, and reads it again.
    pub(crate) async fn try_out(&self, talk: &mut Talk) -> Result<(), String> {
        let name = format!("{}:probe", self.seal.name);
        let text = BASE64_URL.encode(random::<12>().unwrap_or_default());
        let life = CLAIM_LIFE.as_millis().to_string();
        let mut commands = Commands::default();
        commands.add(&[b"SET", name.as_bytes(), text.as_bytes(), b"PX", life.as_bytes()]);
        add_look(&mut commands, &name);
        match talk.ask(&commands).await?.as_slice() {
            [Reply::Done, Reply::Number(1..), Reply::Text(Some(read))]
                if read == text.as_bytes() =>
            {
                Ok(())
            }
            [Reply::Done, Reply::Number(_), Reply::Text(_)] => {
                Err("does not keep what is written".to_owned())
            }
            others => Err(unexpected(others)),
        }
    }

    /// The token of the replies to a look, if it is one that lives.
    fn grant(&self, replies: &[Reply], asked: Now) -> Result<Option<Grant<PostgresToken>>, String> {
        match replies {
            [Reply::Number(left), Reply::Text(Some(sealed)), ..] => {
                let left = Duration::from_millis(u64::try_from(*left).unwrap_or_default());
                let plain = self.seal.open(sealed);
                Ok(plain.and_then(|plain| read(&plain, left, asked)))
            }
            [Reply::Number(_), Reply::Text(None), ..] => Ok(None),
            others => Err(unexpected(others)),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long what lies there under that name lives, and what it is.
fn add_look(commands: &mut Commands, name: &str) {
    let name = name.as_bytes();
    // In this order: of a token that is written in between the life is rather underestimated. The range bounds the
    // reply, whatever lies there.
    commands.add(&[b"PTTL", name]);
    commands.add(&[b"GETRANGE", name, b"0", b"16383"]);
}

/// Where a conversation goes on.
enum Opened {
    There(Talk, Seen),
    Elsewhere(Place),
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.store.place)
    }
}

/// `place`, as `-MOVED` names it: `host:port`, of IPv6 without brackets, and without a host the one that was asked.
fn moved(asked: &Place, place: &str) -> Result<Place, String> {
    let (host, port) = place.rsplit_once(':').ok_or("answered MOVED to nowhere")?;
    let port = port.parse().map_err(|_| "answered MOVED to nowhere")?;
    let host = if host.is_empty() { &asked.host } else { host };
    Ok(Place { host: host.to_owned(), port, ..asked.clone() })
}

fn done(reply: &Reply) -> Result<(), String> {
    match reply {
        Reply::Done => Ok(()),
        Reply::Refused(..) | Reply::Number(_) | Reply::Text(_) => {
            Err(unexpected(std::slice::from_ref(reply)))
        }
    }
}

/// Of a refusal its first word.
fn unexpected(replies: &[Reply]) -> String {
    let refusal = replies.iter().find_map(|reply| match reply {
        Reply::Refused(word, _) => Some(word),
        Reply::Done | Reply::Number(_) | Reply::Text(_) => None,
    });
    match refusal {
        Some(word) => format!("answered {word}"),
        None => "answered as no Redis does".to_owned(),
    }
}

/// The life in milliseconds, the expiry in milliseconds since 1970, and the token.
fn written(grant: &Grant<PostgresToken>) -> Zeroizing<Vec<u8>> {
    let token = grant.token.0.expose().as_bytes();
    let expiry = (grant.from.wall + grant.lifetime).duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut plain = Zeroizing::new(Vec::with_capacity(HEAD + token.len()));
    for duration in [grant.lifetime, expiry] {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        plain.extend_from_slice(&ms.to_be_bytes());
    }
    plain.extend_from_slice(token);
    plain
}

/// What is left of its life is what the store says, or this machine's clock, whichever is less.
fn read(plain: &[u8], left: Duration, asked: Now) -> Option<Grant<PostgresToken>> {
    let (lifetime, rest) = plain.split_first_chunk()?;
    let (expiry, token) = rest.split_first_chunk()?;
    let lifetime = Duration::from_millis(u64::from_be_bytes(*lifetime));
    let expiry = UNIX_EPOCH.checked_add(Duration::from_millis(u64::from_be_bytes(*expiry)))?;
    let left = left.min(expiry.duration_since(asked.wall).ok()?).min(lifetime);
    let token = std::str::from_utf8(token).ok()?;
    check_token(token).ok()?;
    let is_sound = lifetime <= LONGEST && left >= SHORTEST;
    let token = PostgresToken(Secret::new(token.to_owned()));
    is_sound.then(|| Grant { token, from: asked.before(lifetime - left), lifetime })
}

/// How long whoever mints a token has for it before another begins.
const CLAIM_LIFE: Duration = Duration::from_secs(2);

/// How long a store that has failed is left alone.
const PAUSE: Duration = Duration::from_secs(30);

/// With less life left a token is not worth sharing.
const SHORTEST: Duration = Duration::from_secs(1);

/// A token's, at most.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A token that lives so much longer stays.
const MUCH_LONGER: Duration = Duration::from_secs(60);

/// What is read of an entry. Tokens are a tenth of it.
const LONGEST_ENTRY: usize = 16 * 1024;

/// What stands before the token.
const HEAD: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn grant(token: &str, lifetime: Duration, from: Now) -> Grant<PostgresToken> {
        Grant { token: PostgresToken(Secret::new(token.to_owned())), from, lifetime }
    }

    /// Whole milliseconds since 1970, as they are written.
    fn now() -> Now {
        Now { wall: UNIX_EPOCH + Duration::from_secs(1_800_000_000), ..Now::read() }
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_written_and_lives_no_longer_than_either_clock_says(
            token in "[A-Za-z0-9._-]{1,3000}",
            lifetime in 1_000..=LONGEST.as_millis() as u64,
            elapsed in 0..LONGEST.as_millis() as u64,
            stored in any::<u32>(),
        ) {
            let [lifetime, elapsed] = [lifetime, elapsed].map(Duration::from_millis);
            let stored = Duration::from_millis(stored.into());
            let asked = now().after(elapsed);
            let left = lifetime.saturating_sub(elapsed).min(stored);
            let found = read(&written(&grant(&token, lifetime, now())), stored, asked);
            prop_assert_eq!(found.is_some(), left >= SHORTEST);
            if let Some(found) = found {
                prop_assert_eq!(found.token.0.expose(), token);
                prop_assert_eq!(found.lifetime, lifetime);
                prop_assert_eq!(found.from.wall + lifetime, asked.wall + left);
            }
        }

        #[test]
        fn what_is_cut_before_the_token_is_nothing(length in 0..=HEAD) {
            let plain = written(&grant("token-1", LONGEST, now()));
            prop_assert_eq!(read(&plain[..length], LONGEST, now()), None);
        }

        #[test]
        fn whatever_lies_there_is_a_token_that_lives_or_nothing(
            plain in vec(any::<u8>(), 0..64),
            left in any::<u64>(),
        ) {
            if let Some(found) = read(&plain, Duration::from_millis(left), now()) {
                prop_assert!((SHORTEST..=LONGEST).contains(&found.lifetime));
            }
        }
    }

    #[test]
    fn a_reader_whose_clock_is_slow_is_held_by_the_store_and_one_whose_is_fast_by_the_expiry() {
        let plain = written(&grant("token-1", LONGEST, now()));
        let hour = Duration::from_secs(60 * 60);
        let left = |asked: Now| {
            read(&plain, hour, asked).map(|found| found.lifetime - asked.since(found.from))
        };
        assert_eq!(left(now().before(hour)), Some(hour));
        assert_eq!(left(now().after(LONGEST - hour / 2)), Some(hour / 2));
        assert_eq!(left(now().after(LONGEST)), None);
    }

    #[test]
    fn where_a_conversation_goes_on_is_read_as_clusters_say_it() {
        let asked = Place {
            host: "store.test".to_owned(),
            port: 6379,
            is_encrypted: true,
            user: None,
            password: Some(Secret::new("secret-1".to_owned())),
            database: None,
        };
        for (told, place) in [
            ("192.0.2.1:7000", "192.0.2.1:7000"),
            ("2001:db8::1:7000", "2001:db8::1:7000"),
            (":7000", "store.test:7000"),
        ] {
            let elsewhere = moved(&asked, told).expect(told);
            assert_eq!(elsewhere.to_string(), place);
            assert_eq!((&elsewhere.password, elsewhere.is_encrypted), (&asked.password, true));
        }
        for nowhere in ["", "store.test", "store.test:", "store.test:70000"] {
            assert_eq!(moved(&asked, nowhere).err().as_deref(), Some("answered MOVED to nowhere"));
        }
    }
}
