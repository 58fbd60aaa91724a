//! The rules that a new workspace begins with, as they are stored.
//!
//! - The partition depends on every number of them: a change of `config/identity.toml` must be seen here, too, so that
//!   nobody makes one by the way.
//! - `ACQUAINT_TEST_WRITE=1` writes the files anew.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use acquaint_identity::Rules;

fn check(name: &str, namespaces: &[(&str, bool)]) {
    // Asked when run: work trees share a target directory, and the build of one serves the others.
    let crate_dir = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells where the crate is");
    let path = Path::new(&crate_dir).join(format!("tests/standard/{name}.json"));
    let rules = Rules::standard(namespaces);
    if std::env::var_os("ACQUAINT_TEST_WRITE").is_some() {
        let text = serde_json::to_string_pretty(&rules).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let expected: Rules = serde_json::from_str(&text).unwrap();
    for (rule, expected) in rules.namespaces.iter().zip(&expected.namespaces) {
        assert_eq!(rule, expected);
    }
    assert_eq!(rules, expected);
    let stored = |rules: &Rules| bincode::serde::encode_to_vec(rules, bincode::config::standard());
    assert_eq!(stored(&rules).unwrap(), stored(&expected).unwrap());
}

#[test]
fn of_the_built_in_namespaces() {
    check(
        "built-in",
        &[
            ("user_id", true),
            ("email", false),
            ("social", false),
            ("phone", false),
            ("loyalty_id", false),
            ("device_id", false),
            ("advertising_id", false),
            ("anonymous_id", false),
        ],
    );
}

#[test]
fn of_own_namespaces_among_them() {
    check(
        "own",
        &[
            ("passport", true),
            ("user_id", true),
            ("crm_id", false),
            ("email", false),
            ("phone", false),
            ("locker", false),
            ("member_number", true),
            ("anonymous_id", false),
            ("wristband", false),
        ],
    );
}
