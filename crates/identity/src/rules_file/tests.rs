//! What a file of rules may say, what it may leave out, and what each refusal says.

use super::*;
use crate::{Rank, Sharing};

const BUILT_IN: [(&str, bool); 8] = [
    ("user_id", true),
    ("email", false),
    ("social", false),
    ("phone", false),
    ("loyalty_id", false),
    ("device_id", false),
    ("advertising_id", false),
    ("anonymous_id", false),
];

fn parsed(text: &str) -> Rules {
    Rules::parse(text, &BUILT_IN).unwrap()
}

fn refused(text: &str, expected: &str) {
    let error = Rules::parse(text, &BUILT_IN).unwrap_err().to_string();
    assert_eq!(error, expected);
}

#[test]
fn an_empty_file_and_the_standard_one_are_the_standard_rules() {
    assert_eq!(parsed(""), Rules::standard(&BUILT_IN));
    assert_eq!(parsed(STANDARD_RULES), Rules::standard(&BUILT_IN));
}

#[test]
fn a_file_of_three_lines_changes_one_thing() {
    let rules = parsed("[kinds.mailbox]\nalso_blocked = [\"office@shop.example\"]\n");
    let mut expected = Rules::standard(&BUILT_IN);
    let office = "office@shop.example".to_owned();
    assert!(expected.namespaces[1].blocked.insert(office));
    assert_eq!(rules, expected);
}

#[test]
fn what_is_left_out_is_as_in_the_standard_rules() {
    let standard = Rules::standard(&BUILT_IN);
    let rules = parsed(
        "[kinds.account.neighbours_max]\nbrowser = 50\n[tiers.account]\nphone = 3\n[ratios]\nowner_dominance = 2\n\
         [nicknames]\nalso_groups = [[\"johann\", \"hans\"]]\n",
    );
    assert_eq!(rules.cap(Rank(0), Rank(7)), 50);
    assert_eq!(rules.cap(Rank(0), Rank(6)), 60);
    assert_eq!(rules.cap(Rank(1), Rank(7)), 500);
    assert_eq!(
        (rules.tier(Rank(0), Rank(3)), rules.tier(Rank(3), Rank(0))),
        (3, 3)
    );
    assert_eq!((rules.owner_dominance, rules.mailbox_dominance), (2, 3));
    assert_eq!(rules.nicknames.len(), standard.nicknames.len() + 1);
    assert!(rules.same_name("hans", "johann") && rules.same_name("bob", "robert"));
}

#[test]
fn a_list_can_be_replaced_and_placeholders_reach_every_kind_without_one() {
    let rules = parsed(
        "[kinds.mailbox]\nblocked = []\nblocked_patterns = []\n[placeholders]\nalso_blocked = [\"till\"]\n",
    );
    assert!(!rules.is_blocked(Rank(1), "test@test.com"));
    assert!(rules.is_blocked(Rank(0), "till") && rules.is_blocked(Rank(7), "till"));
    assert!(!rules.is_blocked(Rank(1), "till"));
}

#[test]
fn own_namespaces_take_a_kind_by_their_place_or_by_name() {
    let namespaces = [
        ("user_id", true),
        ("crm", false),
        ("phone", false),
        ("locker", false),
    ];
    let layers =
        |rules: &Rules| -> Vec<u8> { rules.namespaces.iter().map(|rule| rule.layer).collect() };
    assert_eq!(layers(&Rules::standard(&namespaces)), [0, 0, 1, 1]);
    let named = Rules::parse("[namespaces]\nlocker = \"device\"\n", &namespaces).unwrap();
    assert_eq!(layers(&named), [0, 0, 1, 2]);
    assert_eq!(named.namespaces[3].sharing, Sharing::ByDay);
    let by_place = "[own_namespaces]\nbefore_things = \"browser\"\n";
    assert_eq!(
        layers(&Rules::parse(by_place, &namespaces).unwrap()),
        [0, 3, 1, 1]
    );
}

#[test]
fn unknown_keys_are_errors() {
    refused(
        "[ratios]\n\nmailbox_dominanse = 3\n",
        "line 3: ratios.mailbox_dominanse: unknown field `mailbox_dominanse`, expected `mailbox_dominance` or `owner_dominance`",
    );
    let error = Rules::parse("[ratio]\nx = 1\n", &BUILT_IN).unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(1), "ratio"));
    let error = Rules::parse("[kinds.fax]\nlayer = 1\n", &BUILT_IN).unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(1), "kinds.fax"));
    refused(
        "[namespaces]\nemial = \"mailbox\"\n",
        "line 2: namespaces.emial: the workspace has no such namespace; it has user_id, email, social, phone, loyalty_id, \
         device_id, advertising_id, anonymous_id",
    );
    let error = Rules::parse("[namespaces]\nemail = \"letterbox\"\n", &BUILT_IN).unwrap_err();
    assert_eq!(
        (error.line, error.key.as_str()),
        (Some(2), "namespaces.email")
    );
    assert!(
        error
            .message
            .contains("expected one of `account`, `mailbox`"),
        "{error}"
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let error = Rules::parse("[ratios]\nowner_dominance = = 3\n", &BUILT_IN).unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (Some(2), ""));
    let error = Rules::parse(&"#".repeat(RULES_BYTES_MAX + 1), &BUILT_IN).unwrap_err();
    assert!(error.message.contains("at most 262144 bytes"), "{error}");
}

#[test]
fn numbers_out_of_range_are_errors() {
    refused(
        "[kinds.mailbox.neighbours_max]\nbrowser = 0\n",
        "line 2: kinds.mailbox.neighbours_max.browser: 0 is not allowed: from 1 to 10000",
    );
    refused(
        "[ratios]\nowner_dominance = 0\n",
        "line 2: ratios.owner_dominance: 0 is not allowed: from 1 to 1000",
    );
    refused(
        "kinds = { phone = { layer = 4 } }\n",
        "line 1: kinds.phone.layer: 4 is not allowed: from 0 to 3",
    );
    refused(
        "[tiers.card]\nbrowser = 100\n",
        "line 2: tiers.card.browser: 100 is not allowed: from 1 to 99",
    );
    refused(
        "[limits]\nwork_max = 1\n",
        "line 2: limits.work_max: 1 is not allowed: from 100 to 1000000",
    );
    refused(
        "[thresholds]\ntypo_edits_max = -1\n",
        "line 2: thresholds.typo_edits_max: -1 is not allowed: from 0 to 4",
    );
}

#[test]
fn values_that_do_not_go_together_are_errors() {
    refused(
        "[limits]\nregion_nodes_max = 1999\n",
        "line 2: limits.region_nodes_max: 1999 is too small: two profiles of limits.profile_nodes_max = 1000 must fit, so that \
         they can be compared",
    );
    // The file raised the other one: its section is the nearest place.
    refused(
        "[limits]\nprofile_nodes_max = 5000\n",
        "line 1: limits.region_nodes_max: 2048 is too small: two profiles of limits.profile_nodes_max = 5000 must fit, so that \
         they can be compared",
    );
    refused(
        "[tiers.mailbox]\naccount = 2\n",
        "line 2: tiers.mailbox.account: a pair stands once: write `mailbox = …` under [tiers.account]",
    );
    refused(
        "[kinds.social]\nlayer = 1\n",
        "line 1: kinds.social.sharing: a kind of a layer of things says what becomes of one with several owners: \"by-name\" or \
         \"by-day\"",
    );
    refused(
        "[namespaces]\nuser_id = \"device\"\n",
        "line 2: namespaces.user_id: the workspace says that a person has one value of `user_id`, so it names a person, and \
         `device` is of a layer of things: choose a kind of layer 0",
    );
}

#[test]
fn lists_have_limits() {
    let list = |count: usize, item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..count).map(item).collect();
        items.join(", ")
    };
    let keys = |count| {
        format!(
            "[kinds.card]\nblocked = [{}]\n",
            list(count, &|n| format!("\"k{n}\""))
        )
    };
    assert!(Rules::parse(&keys(1_000), &BUILT_IN).is_ok());
    refused(
        &keys(1_001),
        "line 2: kinds.card.blocked: the list is too long: at most 1000",
    );
    let patterns = list(65, &|n| format!("'k{n}'"));
    refused(
        &format!("[kinds.card]\nblocked_patterns = [{patterns}]\n"),
        "line 2: kinds.card.blocked_patterns: the list is too long: at most 64",
    );
    let groups = |count| {
        format!(
            "[nicknames]\ngroups = [{}]\n",
            list(count, &|n| format!("[\"a{n}\", \"b{n}\"]"))
        )
    };
    assert!(Rules::parse(&groups(500), &BUILT_IN).is_ok());
    refused(
        &groups(501),
        "line 2: nicknames.groups: the list is too long: at most 500",
    );
    let many = list(33, &|n| format!("\"a{n}\""));
    refused(
        &format!("[nicknames]\nalso_groups = [[{many}]]\n"),
        "line 2: nicknames.also_groups: the list is too long: at most 32",
    );
    refused(
        "[nicknames]\nalso_groups = [[\"bob\"]]\n",
        "line 2: nicknames.also_groups: a group has at least two names",
    );
}

#[test]
fn patterns_are_valid_and_small() {
    refused(
        "[kinds.phone]\nalso_blocked_patterns = ['[0-9']\n",
        "line 2: kinds.phone.also_blocked_patterns: `[0-9` is not a regular expression: unclosed character class",
    );
    refused(
        "[kinds.phone]\nalso_blocked_patterns = ['(\\w{50}){50}']\n",
        "line 2: kinds.phone.also_blocked_patterns: `(\\w{50}){50}` is too large: more than 262144 bytes once compiled; repeat \
         less in it",
    );
    refused(
        "[kinds.phone]\nalso_blocked_patterns = ['']\n",
        "line 2: kinds.phone.also_blocked_patterns: `` is not a pattern: 1 to 256 bytes",
    );
}

#[test]
fn what_would_block_nothing_is_an_error() {
    refused(
        "[kinds.mailbox]\nalso_blocked = [\"Office@shop.example\"]\n",
        "line 2: kinds.mailbox.also_blocked: addresses are compared in small letters, write `office@shop.example`",
    );
    refused(
        "[kinds.mailbox]\nalso_blocked = [\"till+1@shop.example\"]\n",
        "line 2: kinds.mailbox.also_blocked: addresses are compared without what follows a +: take it out of \
         `till+1@shop.example`",
    );
    refused(
        "[kinds.phone]\nalso_blocked = [\"0800 123\"]\n",
        "line 2: kinds.phone.also_blocked: numbers are compared with their country and without spaces: write `0800 123` like \
         \"+15550109999\"",
    );
    refused(
        "[nicknames]\nalso_groups = [[\"Hans\", \"johann\"]]\n",
        "line 2: nicknames.also_groups: `Hans` is not a name as names are compared: small letters, without spaces around, at \
         most 64 bytes",
    );
}

#[test]
fn placeholders_are_blocked_and_people_are_not() {
    let rules = Rules::standard(&BUILT_IN);
    let check = |rank: u8, key: &str, expected: bool| {
        assert_eq!(rules.is_blocked(Rank(rank), key), expected, "{rank} {key}");
    };
    check(0, "guest", true);
    check(0, "u_41eeeaa4b0", false);
    check(1, "test@test.com", true);
    check(1, "noreply@shop.example", true);
    check(1, "noreen@mail.com", false);
    check(1, "anna@example.com", false);
    check(0, "11", false);
    check(3, "+10000000000", true);
    check(3, "+15559999999", true);
    check(3, "+12125550123", false);
    check(5, "00000000-0000-0000-0000-000000000000", true);
    check(7, "0007bcac-4696-4efa-a29d-22fc6d6f684d", false);
}

#[test]
fn tiers_are_symmetric_and_grow_with_the_layer() {
    let rules = Rules::standard(&BUILT_IN);
    for a in 0..8 {
        for b in 0..8 {
            assert_eq!(rules.tier(Rank(a), Rank(b)), rules.tier(Rank(b), Rank(a)));
        }
    }
    assert!(rules.tier(Rank(0), Rank(1)) < rules.tier(Rank(1), Rank(3)));
    assert!(rules.tier(Rank(1), Rank(3)) < rules.tier(Rank(0), Rank(7)));
}

#[test]
fn the_page_of_the_error_tells_the_limits() {
    use super::bounds::*;
    let page = include_str!("../../../../docs/errors/invalid_rules.md");
    let grouped = |number: u32| match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => format!(
            "{},{:03},{:03}",
            number / 1_000_000,
            number / 1_000 % 1_000,
            number % 1_000
        ),
    };
    let length = |length: usize| u32::try_from(length).unwrap();
    for (row, numbers) in [
        ("the whole file", vec![length(RULES_BYTES_MAX)]),
        ("`layer`", vec![LAYER_MAX]),
        ("a cap", vec![NEIGHBOURS_MAX]),
        ("a tier", vec![TIER_MAX]),
        ("`per_profile_max`", vec![PROFILE_MAX]),
        ("`region_nodes_max`", vec![REGION_MAX]),
        ("`work_max`", vec![WORK_MIN, WORK_MAX]),
        ("a ratio", vec![RATIO_MAX]),
        ("days of a threshold", vec![DAYS_MAX]),
        ("`operator_foreign_min`", vec![FOREIGN_MAX]),
        ("`typo_edits_max`", vec![EDITS_MAX]),
        (
            "blocked values",
            vec![length(BLOCKED_MAX), length(BLOCKED_BYTES_MAX)],
        ),
        (
            "blocked patterns",
            vec![length(PATTERNS_MAX), length(PATTERN_BYTES_MAX)],
        ),
        (
            "nicknames",
            vec![
                length(NICKNAME_GROUPS_MAX),
                length(NICKNAMES_MAX),
                length(NICKNAME_BYTES_MAX),
            ],
        ),
    ] {
        let line = page
            .lines()
            .find(|line| line.starts_with(&format!("| {row}")));
        let line = line.unwrap_or_else(|| panic!("{row} is not on the page"));
        for number in numbers {
            assert!(line.contains(&grouped(number)), "{line} lacks {number}");
        }
    }
}
