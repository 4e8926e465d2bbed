//! How soon a token that Postgres refused is replaced. Pure: time is an argument.
//!
//! A refused token may have been revoked, and then another one helps at once. Or its role does not
//! exist, and then none will: a pool that invalidates and tries again would mint thousands a minute.

use std::time::Duration;

/// Tokens that Postgres refused one after the other.
#[derive(Debug, Default)]
pub struct Refusals {
    in_a_row: u32,
}

impl Refusals {
    /// Counts the refusal of a token of that `age`: the pause before it is replaced, `None` if that
    /// is at once. The first one's is, however young it was.
    pub fn count(&mut self, age: Duration) -> Option<Duration> {
        if age >= PROVEN {
            self.forget();
        }
        let earlier = self.in_a_row;
        self.in_a_row = self.in_a_row.saturating_add(1);
        let doublings = earlier.checked_sub(1)?.min(5);
        Some(FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE))
    }

    /// Postgres takes the tokens that it gets.
    pub fn forget(&mut self) {
        self.in_a_row = 0;
    }
}

/// A token that Postgres has taken for so long was not refused for its role.
const PROVEN: Duration = Duration::from_secs(60);

/// The pause before the replacement of a refused token is replaced itself.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The pause when every token is refused: two requests a minute, and a role that was made meanwhile
/// needs no other token.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    const YOUNG: Duration = Duration::from_secs(59);

    fn seconds(refusals: &mut Refusals, count: usize) -> Vec<u64> {
        let pause = |_| refusals.count(YOUNG).map_or(0, |pause| pause.as_secs());
        (0..count).map(pause).collect()
    }

    #[test]
    fn the_first_refused_token_is_replaced_at_once_and_the_next_ones_after_growing_pauses() {
        assert_eq!(seconds(&mut Refusals::default(), 9), [0, 1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_token_that_was_taken_for_a_minute_is_replaced_at_once() {
        let mut refusals = Refusals::default();
        seconds(&mut refusals, 9);
        assert_eq!(refusals.count(PROVEN), None);
        assert_eq!(seconds(&mut refusals, 2), [1, 2]);
    }

    #[test]
    fn after_tokens_that_were_taken_it_begins_anew() {
        let mut refusals = Refusals::default();
        seconds(&mut refusals, 9);
        refusals.forget();
        assert_eq!(seconds(&mut refusals, 2), [0, 1]);
    }
}
