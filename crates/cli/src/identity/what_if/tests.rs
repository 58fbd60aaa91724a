//! What other rules would do to made-up evidence.

#![allow(clippy::unwrap_used)]

use acquaint_identity::{Evidence, EvidenceIdentifier};

use super::report::{Example, MergesReport, MovesReport, SplitsReport};
use super::whose::Whose;
use super::*;
use crate::identity::made_up::{self, identifier, seen};

const NAMESPACES: [(&str, bool); 5] = [
    ("user_id", true),
    ("email", false),
    ("social", false),
    ("phone", false),
    ("anonymous_id", false),
];

/// An identifier written `u:ada`, by the first letter of its namespace.
fn named(text: &str) -> EvidenceIdentifier {
    let (namespace, value) = text.split_once(':').unwrap();
    let rank = "uespa".find(namespace).unwrap();
    identifier(u8::try_from(rank).unwrap(), value)
}

fn together(identifiers: &str, days: &[u32]) -> Evidence {
    let identifiers: Vec<EvidenceIdentifier> = identifiers.split(' ').map(named).collect();
    seen(&identifiers, days.iter().copied())
}

/// Ada: an address with two social accounts, each with a browser. Bob and Eve: two logins with one phone, Bob on most days.
fn evidence() -> Vec<Evidence> {
    vec![
        together("e:ada@example.org s:ada-1", &[1, 2, 3]),
        together("e:ada@example.org s:ada-2", &[4, 5]),
        together("s:ada-1 a:browser-1", &[1]),
        together("s:ada-2 a:browser-2", &[4]),
        together("u:bob p:+12025550101", &[1, 3, 5, 7, 9]),
        together("u:eve p:+12025550101", &[2, 6]),
    ]
}

fn what_if(live: &str, new: &str) -> Report {
    let parse = |text: &str| Rules::parse(text, &NAMESPACES).unwrap();
    let mut live = made_up::live(parse(live), evidence());
    let before = in_memory::partition(&live.rules, &live.evidence, &live.facts).unwrap();
    let digest = infallible(PartitionDigest::of(&before)).digest;
    live.partition.digest = HEXLOWER.encode(&digest);
    report(&live, &parse(new), 10).unwrap()
}

/// One social account beside an address, no more.
const LOW_CAP: &str = "[kinds.mailbox.neighbours_max]\nsocial = 1\n";

#[test]
fn the_same_rules_change_nothing() {
    let report = what_if("", "[ratios]\nowner_dominance = 4\n");
    assert_eq!(report.rules, []);
    assert_eq!(report.agreement, Agreement::Same);
    assert_eq!(report.merges, MergesReport { profiles: 0, of: 0 });
    assert_eq!(
        report.splits,
        SplitsReport {
            profiles: 0,
            into: 0
        }
    );
    assert_eq!((report.moves, report.examples), (vec![], vec![]));
    assert_eq!((report.before.profiles, report.after.profiles), (3, 3));
    assert_eq!(report.before.identifiers, 8);
}

#[test]
fn a_lower_cap_splits_and_says_which_predicate_refuses() {
    let report = what_if("", LOW_CAP);
    assert_eq!(report.rules.len(), 1);
    assert_eq!(
        report.splits,
        SplitsReport {
            profiles: 1,
            into: 3
        }
    );
    assert_eq!(report.merges, MergesReport { profiles: 0, of: 0 });
    // The browsers follow their accounts.
    assert_eq!(report.moves, []);
    assert_eq!((report.before.profiles, report.after.profiles), (3, 5));
    assert_eq!(report.before.largest_by_people[0].people, 3);
    assert_eq!(report.before.largest_by_identifiers[0].identifiers, 5);
    assert_eq!(report.after.largest_by_people[0].people, 1);
    let [
        Example::Split {
            profile,
            into,
            refused_by,
            ..
        },
    ] = report.examples.as_slice()
    else {
        panic!("{:?}", report.examples);
    };
    assert_eq!(profile, "email:ada@example.org");
    assert_eq!(into.len(), 3);
    assert_eq!(
        refused_by.as_deref().unwrap(),
        "hub: email:ada@example.org was seen with 2 of social, at most 1 may link"
    );
}

#[test]
fn a_higher_cap_merges_and_says_the_weakest_link() {
    let report = what_if(LOW_CAP, "");
    assert_eq!(report.merges, MergesReport { profiles: 1, of: 3 });
    assert_eq!(
        report.splits,
        SplitsReport {
            profiles: 0,
            into: 0
        }
    );
    let [
        Example::Merge {
            profile,
            of,
            weakest,
        },
    ] = report.examples.as_slice()
    else {
        panic!("{:?}", report.examples);
    };
    assert_eq!((profile.as_str(), of.len()), ("email:ada@example.org", 3));
    let link = weakest.as_ref().unwrap();
    assert!(
        link.a.starts_with("email:") || link.b.starts_with("email:"),
        "{link:?}"
    );
    assert_eq!(link.rule, "seen together, tier 2");
}

#[test]
fn a_thing_moves_when_its_owner_is_another() {
    let report = what_if("", "[ratios]\nowner_dominance = 2\n");
    assert_eq!(
        report.moves,
        [MovesReport {
            before: Whose::Nobodys,
            after: Whose::Somebodys,
            identifiers: 1
        }]
    );
    assert_eq!(
        (report.before.things_nobodys, report.after.things_nobodys),
        (1, 0)
    );
    let [
        Example::Move {
            identifier,
            owners_after,
            ..
        },
    ] = report.examples.as_slice()
    else {
        panic!("{:?}", report.examples);
    };
    assert_eq!(identifier, "phone:+12025550101");
    assert_eq!(owners_after, &["user_id:bob"]);
    let back = what_if("[ratios]\nowner_dominance = 2\n", "");
    let [
        Example::Move {
            owners_before,
            refused_by,
            ..
        },
    ] = back.examples.as_slice()
    else {
        panic!("{:?}", back.examples);
    };
    assert_eq!(owners_before, &["user_id:bob"]);
    assert_eq!(
        refused_by.as_deref().unwrap(),
        "shared: phone:+12025550101 is several people's"
    );
}

#[test]
fn the_examples_are_of_each_kind_in_turn_and_the_same_each_time() {
    let both = format!("{LOW_CAP}[ratios]\nowner_dominance = 2\n");
    let (one, two) = (what_if("", &both), what_if("", &both));
    assert_eq!(one.examples, two.examples);
    assert!(matches!(
        one.examples.as_slice(),
        [Example::Split { .. }, Example::Move { .. }]
    ));
}

#[test]
fn the_text_reads_from_the_rules_to_the_examples() {
    let both = format!("{LOW_CAP}[ratios]\nowner_dominance = 2\n");
    let text = what_if("", &both).text();
    let expected = "\
Rules, live → new: 2 differences
  email.neighbours_max.social: 5 → 1
  ratios.owner_dominance: 4 → 2

                                          before         after
profiles                                       3             5
";
    assert!(text.starts_with(expected), "{text}");
    for line in [
        "splits: 1 old profile divided into 3 new ones",
        "1  nobody's → somebody's",
        "split of email:ada@example.org",
        "nobody's → somebody's (user_id:bob)",
    ] {
        assert!(
            text.lines().any(|known| known.trim() == line),
            "{line}\n{text}"
        );
    }
    assert!(text.ends_with("\nNothing was changed.\n"));
}

#[test]
fn a_partition_of_another_version_is_told() {
    let mut live = made_up::live(Rules::standard(&NAMESPACES), evidence());
    assert_eq!(
        report(&live, &live.rules, 1).unwrap().agreement,
        Agreement::Differs
    );
    live.partition.pending = true;
    let pending = report(&live, &live.rules, 1).unwrap();
    assert!(pending.text().contains("Work is pending on the node"));
}
