//! The bytes of ids.

use acquaint_profile::{
    IdentifierId, Identifiers, MessageId, Namespaces, ProfileId, Region, WorkspaceSecret, strand_id,
};

use crate::{parse, spec};

fn secret() -> WorkspaceSecret {
    WorkspaceSecret::new(std::array::from_fn(|at| u8::try_from(at).unwrap()))
}

#[test]
fn ids_are_frozen() {
    let email = parse("email", "Lisa.Yorson+shop@Gmail.com").unwrap();
    let user = parse("user_id", "u_7e5d4092f1").unwrap();
    assert_eq!(
        email.id(&secret()).to_string(),
        "d1bf49899db1f36d564ddbb55a1d569d"
    );
    assert_eq!(
        user.id(&secret()).to_string(),
        "0eab7083374a86a974d28a4aa7276253"
    );
    let key = email.matching_key(&spec("email"), &Region::default());
    assert_eq!(
        key.id(&secret()).to_string(),
        "c16bfe3aa7fadbe0d5bac2a302b7b755"
    );
    let both = Identifiers::new(&Namespaces::builtin(), vec![email.clone(), user.clone()]).unwrap();
    assert_eq!(
        both.strand(&secret()).to_string(),
        "f6ec2db98195003eadd44630926d91a6"
    );
    assert_eq!(
        ProfileId(email.id(&secret())).to_string(),
        "pf_2g7utcm5whzw2vsn3o2vuhkwtu"
    );
    assert_eq!(
        MessageId::derived(b"a message").to_string(),
        "derived-604672234f19e49d3270049999623011"
    );
}

#[test]
fn an_identifier_and_its_key_have_ids_of_their_own() {
    let user = parse("user_id", "u1").unwrap();
    let key = user.matching_key(&spec("user_id"), &Region::default());
    assert_eq!(key.value, user.value);
    assert_ne!(key.id(&secret()).0, user.id(&secret()).0);
}

#[test]
fn ids_differ_between_workspaces_and_namespaces() {
    let user = parse("user_id", "10042").unwrap();
    let card = parse("loyalty_id", "10042").unwrap();
    assert_ne!(user.id(&secret()), card.id(&secret()));
    assert_ne!(user.id(&secret()), user.id(&WorkspaceSecret::new([7; 32])));
}

#[test]
fn a_strand_is_a_set() {
    let ids = [1, 2, 3].map(|byte| IdentifierId([byte; 16]));
    let [a, b, c] = ids;
    assert_eq!(strand_id(&[a, b, c]), strand_id(&[c, a, b, a]));
    assert_ne!(strand_id(&[a, b]), strand_id(&[a, b, c]));
}

#[test]
fn profile_ids_are_read_back() {
    let id = ProfileId(IdentifierId(std::array::from_fn(|at| {
        u8::try_from(at * 16).unwrap()
    })));
    let text = id.to_string();
    assert_eq!(text, "pf_aaicamcakbqhbaequcymbuha6a");
    assert_eq!(text.parse(), Ok(id));
    let broken = [
        text.to_uppercase(),
        text.replace("pf_", "p_"),
        text[..text.len() - 1].to_owned(),
        format!("{text}a"),
        // The last character holds 3 bits; another text for the same bits is not an id.
        format!("{}b", &text[..text.len() - 1]),
        "pf_".to_owned(),
        "pf_\u{e9}".to_owned(),
    ];
    for text in broken {
        assert!(text.parse::<ProfileId>().is_err(), "{text}");
    }
}

#[test]
fn a_secret_does_not_print() {
    assert_eq!(
        format!("{:?}", WorkspaceSecret::new([42; 32])),
        "WorkspaceSecret(…)"
    );
}
