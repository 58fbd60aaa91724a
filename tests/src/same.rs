//! Compares two exports and, where they differ, shows the first line that does: a dump
//! of both would bury it.

const SHOWN_CHARS: usize = 1_200;

/// Fails with the first differing line unless both are the same bytes.
pub fn assert_same_bytes(expected: &[u8], found: &[u8], what: &str) {
    if expected == found {
        return;
    }
    let expected = String::from_utf8_lossy(expected);
    let found = String::from_utf8_lossy(found);
    let counts = (expected.lines().count(), found.lines().count());
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    let (number, (left, right)) = lines
        .find(|(_, (left, right))| left != right)
        .unwrap_or((counts.0.min(counts.1), ("(the end)", "(the end)")));
    panic!(
        "{what}: {} and {} lines, the first difference in line {}\nexpected: {}\nfound:    {}",
        counts.0,
        counts.1,
        number + 1,
        shortened(left),
        shortened(right)
    );
}

fn shortened(line: &str) -> String {
    line.chars().take(SHOWN_CHARS).collect()
}
