//! What perfect knowledge of who owns which identifier would reach.
//!
//! - Two identifiers with exactly one owner each, which is the same, are linked where one message carries both; a person
//!   whose identifiers never meet stays in pieces, as no evidence joins them.
//! - A message belongs to the piece of its strongest identifier that has one owner; without one it stands alone.

use super::owners::Owners;

/// The pieces: a forest with paths halved as they are walked.
#[derive(Debug)]
pub(super) struct Oracle {
    towards: Vec<u32>,
}

impl Oracle {
    /// Every identifier for itself.
    pub(super) fn new(owners: &Owners) -> Self {
        let count = u32::try_from(owners.len()).expect("they are numbered with 32 bits");
        Self {
            towards: (0..count).collect(),
        }
    }

    /// Takes a message with these identifiers, the strongest first, and gives the one whose piece it belongs to.
    pub(super) fn observe(&mut self, owners: &Owners, numbers: &[u32]) -> Option<u32> {
        for (place, a) in numbers.iter().enumerate() {
            for b in &numbers[place + 1..] {
                if owners.owner(*a) == owners.owner(*b) {
                    self.join(*a, *b);
                }
            }
        }
        numbers.first().copied()
    }

    /// How many identifiers there are: the first number that no piece has.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.towards.len()).expect("they are numbered with 32 bits")
    }

    /// The smallest identifier of a piece.
    pub(super) fn piece(&mut self, number: u32) -> u32 {
        let mut at = number as usize;
        while self.towards[at] as usize != at {
            let next = self.towards[at] as usize;
            self.towards[at] = self.towards[next];
            at = next;
        }
        // A place in the forest is one of the numbers it was made of.
        self.towards[at]
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.piece(a), self.piece(b));
        self.towards[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::super::owners::tests::owners;
    use super::*;

    #[test]
    fn only_identifiers_of_one_owner_are_linked() {
        let owners =
            owners("ns,value,owners\nuser_id,a,p1\nuser_id,b,p1\nuser_id,c,p2\nuser_id,d,p1\n");
        let mut oracle = Oracle::new(&owners);
        assert_eq!(oracle.observe(&owners, &[0, 2]), Some(0));
        assert_eq!(oracle.observe(&owners, &[3, 1]), Some(3));
        assert_eq!(oracle.observe(&owners, &[]), None);
        let pieces: Vec<u32> = (0..4).map(|number| oracle.piece(number)).collect();
        assert_eq!(pieces, [0, 1, 2, 1]);
        oracle.observe(&owners, &[0, 3, 2]);
        let pieces: Vec<u32> = (0..4).map(|number| oracle.piece(number)).collect();
        assert_eq!(pieces, [0, 0, 2, 0]);
    }
}
