//! The identifiers of a message, the order of namespaces, and small names.

use acquaint_profile::{
    Channel, CustomNamespace, Error, Flags, Form, Identifier, Identifiers, MessageId, Namespace,
    NamespaceSpec, Namespaces, Strength,
};

fn given(namespaces: &Namespaces, texts: &[&str]) -> Result<Identifiers, Error> {
    Identifiers::new(
        namespaces,
        texts.iter().map(|text| text.parse().unwrap()).collect(),
    )
}

fn custom(name: &str, after: Option<&str>) -> CustomNamespace {
    let spec = NamespaceSpec {
        name: name.parse().unwrap(),
        strength: Strength::Strong,
        form: Form::Verbatim,
        exclusive: true,
    };
    CustomNamespace {
        spec,
        after: after.map(|name| name.parse().unwrap()),
    }
}

#[test]
fn the_anchor_is_of_the_strongest_namespace_then_smallest() {
    let namespaces = Namespaces::builtin();
    let sorted = given(
        &namespaces,
        &[
            "anonymous_id:a",
            "email:b@x",
            "phone:+1",
            "email:a@x",
            "email:a@x",
        ],
    )
    .unwrap();
    let texts: Vec<_> = sorted.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["email:a@x", "email:b@x", "phone:+1", "anonymous_id:a"]
    );
    assert_eq!(sorted.anchor().to_string(), "email:a@x");
}

#[test]
fn a_message_has_1_to_16_identifiers() {
    let namespaces = Namespaces::builtin();
    let many: Vec<String> = (0..17).map(|at| format!("user_id:u{at}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(given(&namespaces, &[]), Err(Error::NoIdentifier));
    assert!(given(&namespaces, &many[..16]).is_ok());
    assert_eq!(
        given(&namespaces, &many),
        Err(Error::TooManyIdentifiers { count: 17, max: 16 })
    );
    assert!(matches!(
        given(&namespaces, &["shoe:42"]),
        Err(Error::UnknownNamespace { .. })
    ));
}

#[test]
fn custom_namespaces_take_their_place() {
    let namespaces = Namespaces::with_custom(vec![
        custom("crm_id", None),
        custom("member", Some("email")),
        custom("club", Some("member")),
    ])
    .unwrap();
    let names: Vec<_> = namespaces.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "crm_id",
            "user_id",
            "email",
            "member",
            "club",
            "social",
            "phone",
            "loyalty_id",
            "device_id",
            "advertising_id",
            "anonymous_id"
        ]
    );
    assert_eq!(namespaces.get("member").unwrap().0, 3);
    let sorted = given(&namespaces, &["user_id:a", "crm_id:z"]).unwrap();
    assert_eq!(sorted.anchor().to_string(), "crm_id:z");
}

#[test]
fn custom_namespaces_are_checked() {
    assert!(Namespaces::with_custom(vec![custom("email", None)]).is_err());
    assert!(Namespaces::with_custom(vec![custom("crm_id", None), custom("crm_id", None)]).is_err());
    assert!(Namespaces::with_custom(vec![custom("crm_id", Some("shoe"))]).is_err());
    let many = (0..57).map(|at| custom(&format!("n{at}"), None)).collect();
    assert!(Namespaces::with_custom(many).is_err());
}

#[test]
fn names_of_namespaces_follow_their_grammar() {
    for name in ["a", "crm_id", "a2345678901234567890123456789012"] {
        assert_eq!(name.parse::<Namespace>().unwrap().to_string(), name);
    }
    for name in [
        "",
        "_a",
        "2a",
        "Crm",
        "a-b",
        "a:b",
        "\u{e4}",
        "a23456789012345678901234567890123",
    ] {
        assert!(name.parse::<Namespace>().is_err(), "{name}");
    }
}

#[test]
fn text_is_split_at_the_first_colon() {
    let identifier: Identifier = "user_id:a:b".parse().unwrap();
    assert_eq!(
        (identifier.namespace.as_str(), identifier.value.as_str()),
        ("user_id", "a:b")
    );
    assert!("user_id".parse::<Identifier>().is_err());
}

#[test]
fn message_ids_are_bounded() {
    let longest = "\u{e4}".repeat(MessageId::CHARACTERS_MAX);
    assert_eq!(longest.parse::<MessageId>().unwrap().as_str(), longest);
    for text in ["", " ", "a\0b", &format!("{longest}x")] {
        assert!(text.parse::<MessageId>().is_err(), "{text:?}");
    }
}

#[test]
fn channels_are_lower_case() {
    assert_eq!(
        "Point of Sale".parse::<Channel>().unwrap().as_str(),
        "point_of_sale"
    );
    for text in ["", " ", "caf\u{e9}", "a/b", &"x".repeat(33)] {
        assert!(text.parse::<Channel>().is_err(), "{text:?}");
    }
    let table = [
        ("analytics.js", "web"),
        ("analytics-ios", "app"),
        ("analytics-kotlin", "app"),
        ("analytics-python", "server"),
        ("@segment/analytics-node", "server"),
        ("", "server"),
    ];
    for (library, channel) in table {
        assert_eq!(Channel::of_library(library).as_str(), channel, "{library}");
    }
}

#[test]
fn flags_print_their_names() {
    let flags = Flags::TIME_CLAMPED | Flags::PLACEHOLDER_DROPPED;
    assert_eq!(flags.to_string(), "time_clamped,placeholder_dropped");
    assert!(flags.contains(Flags::TIME_CLAMPED) && !flags.contains(Flags::ID_DERIVED));
}
