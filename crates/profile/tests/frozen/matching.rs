//! Spellings, and the matching key that they share.

use acquaint_profile::{MatchingKey, Region};
use proptest::prelude::*;

use crate::{parse, spec};

fn key(namespace: &str, raw: &str, region: &str) -> String {
    let key: MatchingKey = parse(namespace, raw)
        .unwrap()
        .matching_key(&spec(namespace), &region.parse().unwrap());
    assert_eq!(key.to_string(), format!("{namespace}:{}", key.value));
    key.value
}

/// Region, the spellings, their key.
const PHONES: [(&str, &[&str], &str); 21] = [
    (
        "US",
        &[
            "+1 205 522 8041",
            "(205) 522-8041",
            "2055228041",
            "12055228041",
            "1 205 522 8041",
            "011 1 205 522 8041",
        ],
        "+12055228041",
    ),
    // Possible, not valid: no such area code, or an exchange that starts with 0 or 1.
    (
        "US",
        &["18209954820", "+18209954820", "820-995-4820"],
        "+18209954820",
    ),
    (
        "US",
        &[
            "2370038792",
            "+12370038792",
            "1-237-003-8792",
            "(237) 003 8792",
        ],
        "+12370038792",
    ),
    ("US", &["1234567890", "+11234567890"], "+11234567890"),
    ("US", &["8005553535"], "+18005553535"),
    ("US", &["1111111111"], "+11111111111"),
    ("RU", &["800 555 35 35"], "+78005553535"),
    (
        "US",
        &["+44 20 7946 0958", "011442079460958", "+44 (0)20 7946 0958"],
        "+442079460958",
    ),
    ("US", &["+86 138 1234 5678"], "+8613812345678"),
    ("US", &["+852 1234 5678"], "+85212345678"),
    ("US", &["+39 06 698 12345"], "+390669812345"),
    (
        "GB",
        &["020 7946 0958", "+442079460958", "0044 20 7946 0958"],
        "+442079460958",
    ),
    (
        "GB",
        &["07700 900123", "447700900123", "+44 7700 900123"],
        "+447700900123",
    ),
    ("GB", &["+1 205 522 8041", "0012055228041"], "+12055228041"),
    (
        "DE",
        &["030 123456", "+4930123456", "0049 30 123456"],
        "+4930123456",
    ),
    (
        "DE",
        &["0151 23456789", "+49 151 23456789"],
        "+4915123456789",
    ),
    (
        "RU",
        &["8 916 123-45-67", "+7 916 123 45 67", "9161234567"],
        "+79161234567",
    ),
    ("IT", &["06 698 12345", "+39 06 698 12345"], "+390669812345"),
    (
        "IN",
        &["09876543210", "98765 43210", "+91 98765 43210"],
        "+919876543210",
    ),
    // No possible length anywhere: it matches only itself.
    ("US", &["112"], "112"),
    ("US", &["+999 12345678"], "+99912345678"),
];

#[test]
fn spellings_of_a_phone_share_its_key() {
    for (region, spellings, expected) in PHONES {
        for raw in spellings {
            assert_eq!(key("phone", raw, region), expected, "{region} {raw}");
        }
    }
}

#[test]
fn spellings_of_a_mailbox_share_its_key() {
    let table = [
        ("Lisa.Yorson+shop@Gmail.com", "lisayorson@gmail.com"),
        ("l.i.s.a.yorson@googlemail.com", "lisayorson@gmail.com"),
        ("lisa.yorson+a+b@icloud.com", "lisa.yorson@icloud.com"),
        ("lisa.yorson@icloud.com", "lisa.yorson@icloud.com"),
        ("+@example.com", "+@example.com"),
        ("+tag@example.com", "+tag@example.com"),
        ("..@gmail.com", "..@gmail.com"),
        ("\u{c9}mile@example.com", "\u{e9}mile@example.com"),
    ];
    for (raw, expected) in table {
        assert_eq!(key("email", raw, "US"), expected, "{raw}");
    }
}

#[test]
fn spellings_of_other_identifiers() {
    assert_eq!(
        key("social", "@RaymondJas", "US"),
        key("social", "raymondjas", "US")
    );
    assert_eq!(key("social", "@@", "US"), "@@");
    assert_eq!(key("loyalty_id", "L734BC7DFA", "US"), "l734bc7dfa");
    assert_ne!(key("user_id", "Ada", "US"), key("user_id", "ada", "US"));
}

#[test]
fn regions_are_countries() {
    assert_eq!(" gb ".parse::<Region>().unwrap().as_str(), "GB");
    assert_eq!(Region::default().to_string(), "US");
    for text in ["", "U", "USA", "ZZ", "\u{fc}", "001"] {
        assert!(text.parse::<Region>().is_err(), "{text}");
    }
}

proptest! {
    /// The library is asked with every region and any digits: it must always answer.
    #[test]
    fn any_number_has_a_key(raw in "[+]?[0-9]{3,32}", region in "[A-Z]{2}") {
        if let (Ok(region), Ok(phone)) = (region.parse::<Region>(), parse("phone", &raw)) {
            let key = phone.matching_key(&spec("phone"), &region);
            prop_assert!(!key.value.is_empty());
        }
    }
}
