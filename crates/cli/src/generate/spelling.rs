//! How the same phone number, name or address gets written down differently.

use crate::dice::Dice;

/// Area codes that the made-up numbers use.
const AREAS: [u32; 40] = [
    201, 202, 206, 212, 213, 214, 215, 216, 303, 305, 310, 312, 313, 314, 323, 404, 408, 412, 415,
    425, 503, 510, 512, 602, 612, 617, 619, 646, 650, 702, 703, 713, 718, 720, 773, 804, 813, 816,
    858, 917,
];

/// The ten digits of the `index`th number: 555-0100 to 555-0199 of each area first, as these are kept for fiction.
pub(super) fn phone_digits(index: u32) -> String {
    let areas = AREAS.len() as u32;
    let area = AREAS[(index % areas) as usize];
    let line = (100 + index / areas) % 10_000;
    format!("{area}555{line:04}")
}

/// One of the ways in which people and systems write a number.
pub(super) fn phone(dice: &mut Dice, digits: &str) -> String {
    let (area, rest) = digits.split_at(3);
    let (exchange, line) = rest.split_at(3);
    match dice.below(6) {
        0 | 1 => format!("+1{digits}"),
        2 => format!("({area}) {exchange}-{line}"),
        3 => format!("{area}-{exchange}-{line}"),
        4 => format!("1 {area} {exchange} {line}"),
        _ => format!("{area}.{exchange}.{line}"),
    }
}

/// Swaps two neighbours, drops a letter or doubles one, before the `@` if there is one.
pub(super) fn typo(dice: &mut Dice, text: &str) -> String {
    let (local, rest) = text.split_at(text.find('@').unwrap_or(text.len()));
    let mut letters: Vec<char> = local.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let at = dice.between(1, letters.len() as u64 - 2) as usize;
    match dice.below(3) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().chain(rest.chars()).collect()
}
