//! Raw values, and the canonical values that they have for ever.

use acquaint_profile::{Error, Identifier};
use proptest::prelude::*;

use crate::parse;

/// Namespace, raw value, canonical value.
const TABLE: [(&str, &str, &str); 40] = [
    ("user_id", "u_7e5d4092f1", "u_7e5d4092f1"),
    ("user_id", "  U 42\n", "U 42"),
    ("user_id", "10042", "10042"),
    ("user_id", "007", "007"),
    ("user_id", "Zoe\u{308}", "Zo\u{eb}"),
    ("user_id", "a:b:c", "a:b:c"),
    (
        "user_id",
        "\u{1f469}\u{200d}\u{1f4bb}",
        "\u{1f469}\u{200d}\u{1f4bb}",
    ),
    (
        "email",
        "Lisa.Yorson+shop@Gmail.COM",
        "lisa.yorson+shop@gmail.com",
    ),
    ("email", " a@b ", "a@b"),
    ("email", "\u{c9}mile@example.com", "\u{c9}mile@example.com"),
    (
        "email",
        "E\u{301}mile@example.com",
        "\u{c9}mile@example.com",
    ),
    (
        "email",
        "user@m\u{fc}nchen.example",
        "user@m\u{fc}nchen.example",
    ),
    ("email", "o'neil@example.com", "o'neil@example.com"),
    ("email", "H\u{331}@example.com", "\u{1e96}@example.com"),
    ("social", "@RaymondJas58ff", "@raymondjas58ff"),
    ("social", "RaymondJas58ff", "raymondjas58ff"),
    ("phone", "+1 205 522 8041", "+12055228041"),
    ("phone", "(205) 522-8041", "2055228041"),
    ("phone", "18209954820", "18209954820"),
    ("phone", "205.522.8041", "2055228041"),
    ("phone", "205-522-8041", "2055228041"),
    ("phone", "TEL:+1-205-522-8041", "+12055228041"),
    ("phone", "(+44) 020/7946\u{a0}0958", "+4402079460958"),
    (
        "phone",
        "\u{202a}+1 205\u{2011}522\u{2013}8041\u{202c}",
        "+12055228041",
    ),
    (
        "phone",
        "\u{ff0b}\u{ff11}\u{ff12}05 522 8041",
        "+12055228041",
    ),
    ("phone", "\u{660}\u{661}\u{662}\u{663}45678", "012345678"),
    ("phone", "\u{6f0}\u{6f9}121234567", "09121234567"),
    ("phone", "112", "112"),
    ("loyalty_id", "L734BC7DFA", "l734bc7dfa"),
    ("loyalty_id", "L000TEMP99", "l000temp99"),
    (
        "device_id",
        "5E9E923F-1638-4142-A700-46750184CEB1",
        "5e9e923f-1638-4142-a700-46750184ceb1",
    ),
    ("device_id", "ABCdef", "ABCdef"),
    (
        "device_id",
        "5E9E923F16384142A70046750184CEB1",
        "5E9E923F16384142A70046750184CEB1",
    ),
    (
        "advertising_id",
        "1EE785AF-379D-4683-A622-72F32D7E39A5",
        "1ee785af-379d-4683-a622-72f32d7e39a5",
    ),
    (
        "anonymous_id",
        "fc9217bd-f0ff-433b-a58e-4ffd526a51ef",
        "fc9217bd-f0ff-433b-a58e-4ffd526a51ef",
    ),
    (
        "anonymous_id",
        "FC9217BD-F0FF-433B-A58E-4FFD526A51EF ",
        "fc9217bd-f0ff-433b-a58e-4ffd526a51ef",
    ),
    ("anonymous_id", "1a2b3c", "1a2b3c"),
    ("anonymous_id", "\u{1100}\u{1161}\u{11a8}", "\u{ac01}"),
    ("anonymous_id", "0x0", "0x0"),
    (
        "user_id",
        "00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000001",
    ),
];

#[test]
fn canonical_values_are_frozen() {
    for (namespace, raw, canonical) in TABLE {
        let identifier = parse(namespace, raw).unwrap();
        assert_eq!(identifier.value, canonical, "{namespace} {raw:?}");
        assert_eq!(identifier.namespace.as_str(), namespace);
    }
}

#[test]
fn placeholders_are_not_given() {
    let placeholders = [
        "",
        " ",
        "-",
        "--",
        "-1",
        "0",
        "000",
        "0000-00",
        "(none)",
        "(not set)",
        "(null)",
        "<null>",
        "[]",
        "[object Object]",
        "\"\"",
        "''",
        "{}",
        "Anonymous",
        "empty",
        "False",
        "guest",
        "N/A",
        "na",
        "NaN",
        "nil",
        "no",
        "None",
        "not set",
        "NULL",
        "null ",
        "true",
        "undefined",
        "Unknown",
        "yes",
        "00000000-0000-0000-0000-000000000000",
    ];
    for namespace in ["user_id", "email", "phone", "advertising_id"] {
        for raw in placeholders {
            let error = parse(namespace, raw).unwrap_err();
            assert!(
                matches!(error, Error::Placeholder { .. }),
                "{namespace} {raw:?}: {error}"
            );
            assert!(error.is_not_given());
        }
    }
}

#[test]
fn zeros_are_no_phone_however_they_are_punctuated() {
    for raw in [
        "(000) 000-0000",
        "+00 000",
        "tel:0000",
        "\u{660}\u{660}\u{660}",
        "0-0.0/0",
    ] {
        let error = parse("phone", raw).unwrap_err();
        assert!(
            matches!(error, Error::Placeholder { .. }),
            "{raw:?}: {error}"
        );
    }
    assert_eq!(parse("phone", "000-000-0001").unwrap().value, "0000000001");
}

#[test]
fn what_cannot_be_of_a_namespace_is_not_given() {
    let emails = [
        "jane",
        "@example.com",
        "jane@",
        "a@b@c",
        "Jane <jane@example.com>",
        "a b@example.com",
        "a@b,c@d",
    ];
    let phones = [
        "12",
        "withheld",
        "1-800-FLOWERS",
        "205 522 8041 x12",
        "1+2055228041",
        "++12055228041",
        "+",
    ];
    let too_long = "1".repeat(33);
    let given = emails
        .map(|raw| ("email", raw))
        .into_iter()
        .chain(phones.map(|raw| ("phone", raw)));
    for (namespace, raw) in given.chain([("phone", too_long.as_str())]) {
        let error = parse(namespace, raw).unwrap_err();
        assert!(
            matches!(error, Error::Malformed { .. }),
            "{namespace} {raw:?}: {error}"
        );
        assert!(error.is_not_given());
    }
}

#[test]
fn control_and_invisible_characters_are_refused() {
    let characters = "\0\u{1}\n\u{7f}\u{85}\u{61c}\u{200b}\u{200e}\u{200f}\u{202a}\u{202e}\u{2028}\u{2060}\u{2066}\u{2069}\u{feff}";
    for character in characters.chars() {
        let error = parse("user_id", &format!("u{character}1")).unwrap_err();
        assert!(
            matches!(error, Error::ControlCharacter { .. }),
            "{character:?}: {error}"
        );
        assert!(!error.is_not_given());
    }
    assert!(matches!(
        parse("phone", "205\u{0}522 8041"),
        Err(Error::ControlCharacter { .. })
    ));
}

#[test]
fn length_is_bounded_after_composing() {
    let decomposed = |letters: usize| "e\u{301}".repeat(letters);
    let fits = parse("user_id", &decomposed(Identifier::BYTES_MAX / 2)).unwrap();
    assert_eq!(fits.value.len(), Identifier::BYTES_MAX);
    for raw in [
        decomposed(Identifier::BYTES_MAX / 2 + 1),
        "x".repeat(1 << 20),
    ] {
        let error = parse("user_id", &raw).unwrap_err();
        assert_eq!(error.to_string(), "user_id is longer than 512 bytes");
        assert!(!error.is_not_given());
    }
}

proptest! {
    /// A canonical value is its own canonical form, and nothing panics on the way.
    #[test]
    fn canonical_forms_are_fixed_points(raw in ".{0,24}|[+0-9 ()-]{0,20}|[a-zA-Z.+]{1,8}@.{1,8}") {
        for namespace in ["user_id", "email", "social", "phone", "device_id"] {
            if let Ok(identifier) = parse(namespace, &raw) {
                prop_assert_eq!(parse(namespace, &identifier.value), Ok(identifier));
            }
        }
    }
}
