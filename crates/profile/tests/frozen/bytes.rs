//! The stored encoding of what this crate defines.
//!
//! The `storage` crate versions it; a change of these bytes needs a new version there and a way to read the old one.

use std::collections::BTreeMap;
use std::fmt::Debug;

use acquaint_profile::{
    Flags, Identifiers, Interaction, Kind, Namespaces, Rollup, Timestamp, Value,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::parse;

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, expected: &str) {
    let bytes = bincode::serde::encode_to_vec(value, bincode::config::standard()).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), expected);
    let (read, length): (T, usize) =
        bincode::serde::decode_from_slice(&bytes, bincode::config::standard()).unwrap();
    assert_eq!((&read, length), (value, bytes.len()));
}

fn interaction() -> Interaction {
    let identifiers = vec![
        parse("email", "ada@example.com").unwrap(),
        parse("user_id", "u1").unwrap(),
    ];
    let text = |text: &str| Value::String(text.into());
    Interaction {
        message_id: "m1".parse().unwrap(),
        kind: Kind::Track,
        event: Some("Order Completed".into()),
        channel: "web".parse().unwrap(),
        time: Timestamp(1_735_689_743_218),
        received: Timestamp(1_735_689_743_299),
        identifiers: Identifiers::new(&Namespaces::builtin(), identifiers).unwrap(),
        traits: BTreeMap::from([
            ("vip".into(), Value::Bool(true)),
            (
                "preferences".into(),
                Value::Map(BTreeMap::from([("size".into(), text("m"))])),
            ),
        ]),
        properties: BTreeMap::from([
            ("revenue".into(), Value::Decimal("49.9".into())),
            ("currency".into(), text("EUR")),
            ("sentiment".into(), Value::Decimal("-0.25".into())),
            (
                "items".into(),
                Value::List(vec![Value::Int(-3), Value::Null]),
            ),
        ]),
        context: BTreeMap::from([(
            "consent".into(),
            Value::Map(BTreeMap::from([(
                "categoryPreferences".into(),
                Value::Map(BTreeMap::from([("ads".into(), Value::Bool(false))])),
            )])),
        )]),
        source: "shop".into(),
        flags: Flags::TIME_CLAMPED,
    }
}

#[test]
fn an_interaction_is_frozen() {
    check(
        &interaction(),
        "026d3101010f4f7264657220436f6d706c6574656403776562fde456573e28030000fd8657573e28\
         0300000207757365725f696402753105656d61696c0f616461406578616d706c652e636f6d020b70\
         7265666572656e63657306010473697a6504016d037669700101040863757272656e637904034555\
         52056974656d73050202050007726576656e7565030434392e390973656e74696d656e7403052d30\
         2e32350107636f6e73656e7406011363617465676f7279507265666572656e636573060103616473\
         01000473686f7001",
    );
}

#[test]
fn a_rollup_is_frozen() {
    check(
        &Rollup::of(&interaction()),
        "0101fde456573e2803000001fde456573e2803000001037765620101fde456573e2803000001fde4\
         56573e280300000001010101fde456573e2803000001fde456573e2803000000010f4f7264657220\
         436f6d706c657465640101fde456573e2803000001fde456573e28030000000103766970fde45657\
         3e28030000026d3101010473686f7000010473697a650000fde456573e28030000026d3104016dfb\
         d007000473686f70000103616473fde456573e28030000026d31010473686f700000000145555201\
         fcc0d3f2050000fcc0d3f20501fde456573e2803000001fde456573e2803000000000001fbf30101\
         fde456573e28030000026d31fbf3010473686f7001fde456573e28030000026d31fbf3010473686f\
         7001fde456573e28030000026d31fbf3010473686f7001fb7302fc0000000200",
    );
}

#[test]
fn namespaces_are_frozen() {
    check(
        &Namespaces::builtin(),
        "0807757365725f696400000105656d61696c00010006736f6369616c0003000570686f6e65010200\
         0a6c6f79616c74795f6964010300096465766963655f69640104000e6164766572746973696e675f\
         69640104000c616e6f6e796d6f75735f6964010400",
    );
}
