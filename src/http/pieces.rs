//! Where each twelve symbols of a text begin, so that those of a secret are found in one pass over it:
//! memory is bounded by the text alone.

use super::spelling::Symbol;

/// Where each 12 symbols of a text begin.
pub(super) struct Pieces {
    /// In order; what has been taken is taken once.
    pub(super) sorted: Vec<(Piece, usize)>,
    /// How many of those that are equal to the one at the same place have been taken.
    pub(super) taken: Vec<usize>,
    /// A bit for each that there is, so that most of those there are not are told at once.
    pub(super) filter: Vec<u64>,
}

impl Pieces {
    pub(super) fn of(letters: impl Iterator<Item = Symbol>) -> Pieces {
        let mut piece = 0;
        let mut sorted = Vec::new();
        for (at, symbol) in letters.enumerate() {
            piece = pushed(piece, symbol);
            if at + 1 >= PIECE {
                sorted.push((piece, at + 1 - PIECE));
            }
        }
        sorted.sort_unstable();
        let mut filter = vec![0; FILTER_WORDS];
        for (piece, _) in &sorted {
            let (word, bit) = place(*piece);
            filter[word] |= bit;
        }
        Pieces { taken: vec![0; sorted.len()], sorted, filter }
    }

    /// One of the places of `piece` that has not been taken yet.
    pub(super) fn take(&mut self, piece: Piece) -> Option<usize> {
        let (word, bit) = place(piece);
        if self.filter[word] & bit == 0 {
            return None;
        }
        let first = self.sorted.partition_point(|(other, _)| *other < piece);
        let taken = self.taken.get_mut(first)?;
        let (found, at) = self.sorted.get(first + *taken)?;
        if *found != piece {
            return None;
        }
        *taken += 1;
        Some(*at)
    }
}

/// A place in the filter, out of the high bits, in which all of a product is mixed.
fn place(piece: Piece) -> (usize, u64) {
    let mixed = piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
    ((mixed / 64) as usize, 1 << (mixed % 64))
}

/// Twelve symbols as the digits of a number.
pub(super) type Piece = u64;

/// `piece` with `symbol` at its end, and without its first one.
pub(super) fn pushed(piece: Piece, symbol: Symbol) -> Piece {
    piece % SYMBOLS.pow(PIECE as u32 - 1) * SYMBOLS + Piece::from(symbol)
}

/// So many letters of a secret in a row are not repeated: too few to be of use, too many to occur
/// in a sentence by chance.
pub(super) const PIECE: usize = 12;

/// Its twelfth power, and so a piece, fits 64 bits.
const SYMBOLS: Piece = 37;

/// A sixteenth of them is set for the longest text.
pub(super) const FILTER_BITS: u32 = 16;
pub(super) const FILTER_WORDS: usize = (1 << FILTER_BITS) / 64;
