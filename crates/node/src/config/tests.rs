//! The configuration: what is read, in which order, and what each refusal says.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::*;

fn load(text: &str, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.toml");
    std::fs::write(&path, text).unwrap();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags: Vec<Override> = flags.iter().map(|flag| flag.parse().unwrap()).collect();
    Config::load(Some(&path), variables, &flags).map_err(|error| {
        let directory = format!("{}/", directory.path().display());
        error.to_string().replace(&directory, "")
    })
}

fn refused(text: &str, expected: &str) {
    let message = load(text, &[], &[]).unwrap_err();
    assert!(message.contains(expected), "{message}\nlacks\n{expected}");
}

/// A file of the work tree. Asked when run: work trees share a target directory, and the build of one serves the others.
fn repository_file(path: &str) -> PathBuf {
    let crate_dir = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells where the crate is");
    Path::new(&crate_dir).join("../..").join(path)
}

fn reference_file() -> String {
    let path = repository_file("config/acquaint.toml");
    std::fs::read_to_string(path).unwrap()
}

fn standard_rules_path() -> PathBuf {
    repository_file("config/identity.toml")
}

fn keys(table: &Table, prefix: &str, into: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => keys(inner, &format!("{prefix}{key}."), into),
            _ => drop(into.insert(format!("{prefix}{key}"))),
        }
    }
}

#[test]
fn the_reference_file_lists_every_key_with_its_default() {
    let text = reference_file();
    assert_eq!(load(&text, &[], &[]).unwrap(), Config::default());

    let mut listed = BTreeSet::new();
    keys(&toml::from_str(&text).unwrap(), "", &mut listed);
    let mut known = BTreeSet::new();
    keys(&Table::try_from(Config::default()).unwrap(), "", &mut known);
    assert_eq!(listed, known);
}

#[test]
fn the_example_of_the_reference_file_is_valid_when_uncommented() {
    let text: String = reference_file()
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    // Tests run in another directory than a node.
    let text = text.replace(
        "\"config/identity.toml\"",
        &format!("{:?}", standard_rules_path()),
    );
    let config = load(&text, &[], &[]).unwrap();
    assert!(!config.is_open());
    let workspace = &config.workspaces[0];
    assert_eq!(workspace.write_keys.len(), 2);
    assert_eq!(workspace.tokens.len(), 1);
    assert_eq!(workspace.namespaces.len(), 1);
    let namespaces = workspace.all_namespaces().unwrap();
    let rules = workspace.rules(&namespaces).unwrap();
    assert_eq!(rules, standard_rules(&namespaces));
}

#[test]
fn a_file_of_rules_is_checked_with_the_workspace_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.toml");
    let with = |rules: &str, more: &str| {
        std::fs::write(&file, rules).unwrap();
        load(
            &format!("[[workspace]]\nname = \"shop\"\nidentity_rules = {file:?}\n{more}"),
            &[],
            &[],
        )
    };
    let refused = |rules: &str, expected: &str| {
        let message = with(rules, "").unwrap_err();
        let place = "acquaint.toml:3: identity_rules: ";
        assert!(message.starts_with(place), "{message}");
        assert!(message.contains(expected), "{message}\nlacks\n{expected}");
    };
    refused(
        "[ratios]\nowner_dominance = 0\n",
        "rules.toml of workspace `shop`: line 2: ratios.owner_dominance: 0 is not allowed",
    );
    let own = "[namespaces]\nlocker = \"device\"\n";
    refused(
        own,
        "line 2: namespaces.locker: the workspace has no such namespace",
    );
    refused(&"#".repeat(300_000), "rules have at most 262144 bytes");
    let locker =
        "[[workspace.namespace]]\nname = \"locker\"\nstrength = \"weak\"\nafter = \"phone\"\n";
    let config = with(own, locker).unwrap();
    let namespaces = config.workspaces[0].all_namespaces().unwrap();
    let rules = config.workspaces[0].rules(&namespaces).unwrap();
    assert_eq!(rules.namespaces[4].layer, 2);
}

#[test]
fn a_file_of_rules_that_is_not_there_is_told_with_the_line_that_names_it() {
    let text = "[[workspace]]\nname = \"shop\"\nidentity_rules = \"nowhere/rules.toml\"\n";
    refused(
        text,
        "acquaint.toml:3: cannot read the rules nowhere/rules.toml: No such file",
    );
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(load("", &[], &[]).unwrap(), Config::default());
    assert_eq!(Config::load(None, [], &[]).unwrap(), Config::default());
}

#[test]
fn variables_override_the_file_and_flags_override_both() {
    let config = load(
        "anchors_groups = 2\n[ingest]\nwait_ms_max = 500\n",
        &[
            ("ACQUAINT_ANCHORS_GROUPS", "3"),
            ("ACQUAINT_INGEST__WAIT_MS_MAX", "600"),
            ("ACQUAINT_LOG__FORMAT", "json"),
            ("ACQUAINT_LOG__LEVEL", "1"),
            ("ACQUAINT_URL", "http://127.0.0.1:1"),
            ("ACQUAINT_TEST_SOMETHING", "1"),
            ("PATH", "/bin"),
        ],
        &["anchors_groups=4"],
    )
    .unwrap();
    assert_eq!(config.anchors_groups, 4);
    assert_eq!(config.ingest.wait_ms_max, 600);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.log.level, "1");
}

#[test]
fn an_unknown_key_names_its_line_and_the_known_ones() {
    refused(
        "anchors_groups = 1\n\nlisten_on = 1\n",
        "acquaint.toml:3: unknown field `listen_on`, expected one of `data_dir`",
    );
    refused(
        "[ingest]\nwait = 1\n",
        "acquaint.toml:2: unknown field `wait`",
    );
    refused("[injest]\n", "acquaint.toml:1: unknown field `injest`");
}

#[test]
fn a_bad_value_names_its_line_and_what_is_allowed() {
    refused(
        "\nanchors_groups = 0\n",
        "acquaint.toml:2: 0 is not allowed: from 1 to 256",
    );
    refused(
        "anchors_groups = -1\n",
        "acquaint.toml:1: -1 is not allowed: from 1 to 256",
    );
    refused(
        "cache_bytes = \"1 GB\"\n",
        "acquaint.toml:1: invalid type: string",
    );
    refused(
        "listen = \"somewhere\"\n",
        "acquaint.toml:1: invalid socket address",
    );
    refused(
        "[log]\nformat = \"xml\"\n",
        "acquaint.toml:2: unknown variant `xml`, expected `text` or `json`",
    );
    refused(
        "data_dir = \"\"\n",
        "acquaint.toml:1: a path must not be empty",
    );
    refused("anchors_groups = = 1\n", "acquaint.toml:1: ");
}

#[test]
fn a_bad_variable_or_flag_is_named() {
    let message = load("", &[("ACQUAINT_NODE_ID", "many")], &[]).unwrap_err();
    assert!(message.starts_with("ACQUAINT_NODE_ID: "), "{message}");
    let message = load("", &[("ACQUAINT_NODEID", "1")], &[]).unwrap_err();
    assert!(
        message.starts_with("ACQUAINT_NODEID: unknown field `nodeid`"),
        "{message}"
    );
    let message = load("", &[], &["ingest.wait_ms_max=1"]).unwrap_err();
    assert!(
        message.starts_with("--set ingest.wait_ms_max: 1 is not allowed"),
        "{message}"
    );
    assert!("anchors_groups".parse::<Override>().is_err());
}

#[test]
fn without_keys_only_loopback_is_listened_on() {
    refused(
        "anchors_groups = 1\nlisten = \"0.0.0.0:8080\"\n",
        "acquaint.toml:2: listen: 0.0.0.0:8080 is reachable",
    );
    let message = load("", &[("ACQUAINT_LISTEN", "192.0.2.1:80")], &[]).unwrap_err();
    assert!(
        message.starts_with("listen: 192.0.2.1:80 is reachable"),
        "{message}"
    );
    assert!(load("listen = \"[::1]:8080\"\n", &[], &[]).is_ok());
    assert_eq!(Config::default().warnings().len(), 1);

    let keyed = "listen = \"0.0.0.0:8080\"\n[[workspace]]\nname = \"shop\"\n[[workspace.write_key]]\nkey = \"web-key-1\"\n";
    assert!(load(keyed, &[], &[]).unwrap().warnings().is_empty());
}

#[test]
fn secrets_come_from_text_variable_or_file_and_never_print() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "token-from-a-file\n").unwrap();
    let text = format!(
        "[[workspace]]\nname = \"shop\"\n[[workspace.write_key]]\nkey = \"key-in-the-file\"\n\
         [[workspace.token]]\ntoken = {{ file = \"{}\" }}\nscopes = [\"profiles:read\"]\n",
        file.display()
    );
    let config = load(&text, &[], &[]).unwrap();
    let workspace = &config.workspaces[0];
    assert_eq!(workspace.write_keys[0].key.expose(), "key-in-the-file");
    assert_eq!(workspace.tokens[0].token.expose(), "token-from-a-file");
    assert!(!format!("{config:?}").contains("token-from"), "{config:?}");

    let missing = "[[workspace]]\nname = \"shop\"\n[[workspace.write_key]]\nkey = { env = \"ACQUAINT_TEST_NOT_SET\" }\n";
    refused(
        missing,
        "acquaint.toml:4: the variable ACQUAINT_TEST_NOT_SET is not set",
    );
    refused(
        "[[workspace]]\nname = \"shop\"\nsecret = \"12345678\"\n",
        "acquaint.toml:3: secret: the secret of workspace `shop` is not 64 hexadecimal digits",
    );
    refused(
        "[[workspace]]\nname = \"shop\"\n[[workspace.write_key]]\nkey = \"short\"\n",
        "acquaint.toml:4: a secret has at least 8 characters",
    );
}

#[test]
fn workspaces_are_told_apart() {
    refused(
        "[[workspace]]\nname = \"a\"\n[[workspace]]\nname = \"a\"\n",
        "two workspaces are named `a`",
    );
    refused(
        "[[workspace]]\nname = \"A b\"\n",
        "acquaint.toml:2: `A b` is not a name",
    );
    refused(
        "[[workspace]]\nname = \"a\"\nregion = \"usa\"\n",
        "acquaint.toml:3: `usa` is not a region",
    );
    let twice = "[[workspace]]\nname = \"a\"\n[[workspace.write_key]]\nkey = \"the-same-key\"\n\
                 [[workspace]]\nname = \"b\"\n[[workspace.write_key]]\nkey = \"the-same-key\"\n";
    refused(twice, "a key or token of workspace `b` is used twice");
    refused(
        "[[workspace]]\nname = \"a\"\n[[workspace.token]]\ntoken = \"12345678\"\nscopes = [\"everything\"]\n",
        "acquaint.toml:5: unknown variant `everything`, expected one of `ingest`",
    );
}

#[test]
fn a_public_key_is_not_called_like_one_of_a_server() {
    let workspace = |second: &str| {
        format!(
            "[[workspace]]\nname = \"a\"\n[[workspace.write_key]]\nkey = \"key-of-browsers\"\nname = \"shop\"\n{second}"
        )
    };
    let server =
        "[[workspace.write_key]]\nkey = \"key-of-servers\"\nname = \"shop\"\ntrust = \"server\"\n";
    let token =
        "[[workspace.token]]\ntoken = \"token-of-shop\"\nname = \"shop\"\nscopes = [\"ingest\"]\n";
    for second in [server, token] {
        refused(&workspace(second), "`shop` names a public key and also");
    }
    // While keys are exchanged, the old and the new one are one source.
    let successor = "[[workspace.write_key]]\nkey = \"next-of-browsers\"\nname = \"shop\"\n";
    assert!(load(&workspace(successor), &[], &[]).is_ok());
    let long = format!(
        "[[workspace.write_key]]\nkey = \"long-name\"\nname = \"{}\"\n",
        "x".repeat(65)
    );
    refused(&workspace(&long), "has 1 to 64 bytes");
}
