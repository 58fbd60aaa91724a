//! Names that nobody bears: syllables for first names, pairs of nature words for last names.

use crate::dice::Dice;

const FIRST: [&str; 24] = [
    "Al", "Bre", "Cor", "Da", "El", "Fa", "Gwi", "Ha", "Il", "Jo", "Ka", "Lu", "Mi", "Na", "Or",
    "Pel", "Qua", "Ro", "Sy", "Ta", "Ul", "Ve", "Wi", "Zo",
];
const MIDDLE: [&str; 10] = ["", "", "la", "mi", "no", "ra", "ri", "so", "ve", "di"];
const LAST: [&str; 16] = [
    "bel", "cia", "dan", "fin", "lan", "lo", "mar", "nel", "ra", "ren", "ric", "ta", "ven", "wyn",
    "xa", "zel",
];
const FAMILY_FIRST: [&str; 28] = [
    "Amber", "Ash", "Birch", "Bramble", "Cedar", "Clover", "Copper", "Dapple", "Dusk", "Elder",
    "Fallow", "Fern", "Flint", "Frost", "Hazel", "Heather", "Juniper", "Larch", "Linden", "Marsh",
    "Moss", "Pebble", "Quill", "River", "Sorrel", "Thistle", "Willow", "Wren",
];
const FAMILY_LAST: [&str; 22] = [
    "acre", "bank", "beck", "brook", "combe", "croft", "dale", "fell", "field", "ford", "gate",
    "holt", "lock", "march", "mere", "moor", "ridge", "stead", "thorn", "vale", "wick", "wood",
];
const MAIL_DOMAINS: [&str; 6] = [
    "example.com",
    "example.org",
    "example.net",
    "mail.example",
    "post.example",
    "inbox.example",
];

pub(super) fn first_name(dice: &mut Dice) -> String {
    format!(
        "{}{}{}",
        dice.pick(&FIRST),
        dice.pick(&MIDDLE),
        dice.pick(&LAST)
    )
}

pub(super) fn family_name(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(&FAMILY_FIRST), dice.pick(&FAMILY_LAST))
}

/// An address that is one person's alone: the number makes it so.
pub(super) fn email(dice: &mut Dice, first: &str, last: &str, number: u32) -> String {
    let (first, last) = (first.to_lowercase(), last.to_lowercase());
    let domain = dice.pick(&MAIL_DOMAINS);
    match dice.below(3) {
        0 => format!("{first}.{last}{number}@{domain}"),
        1 => format!("{}{last}.{number}@{domain}", &first[..1]),
        _ => format!("{last}_{first}{number}@{domain}"),
    }
}

pub(super) fn social_handle(dice: &mut Dice, first: &str, number: u32) -> String {
    let network = dice.pick(&["fotogram", "chirper"]);
    format!("{network}:{}_{number}", first.to_lowercase())
}
