//! Worlds that random graphs found to be wrong, as small as they got.

use crate::tests::graphs::run::run;
use crate::tests::graphs::script::Script;

fn check(script: &str) {
    if let Err(wrong) = run(&Script::parse(script)) {
        panic!("{wrong}");
    }
}

/// Whatever a command may read, since what is put off changes with everything that reads a row more or less.
fn check_with_any_budget(script: &str) {
    for work in 1..=100 {
        check(&format!("work {work}\n{script}"));
    }
}

#[test]
fn scripts_are_read_as_they_are_written() {
    let text = "cap d u 2\nlimit e 1\nsize 4\nwork 20\nregion 3\nsee u1 d1 @1,2 anna 1980-01-01 shop server alias\nand d1 a9 @0\n\
        forget u1 d1 shop\nfact 7 at 3 must u1 e2\nfact 8 at 0 revoke web\nundo 7\ncheck\n";
    assert_eq!(Script::parse(text).to_string(), text);
    check(text);
}

#[test]
fn an_operators_word_on_what_staff_typed_is_no_candidate_of_theirs() {
    check(
        "cap d u 1
        see u2 d1 @1
        see u1 e1 d1 @1
        see u1 e2 d1 @1
        see u1 p1 d1 @1
        see u1 l1 @1
        see l1 @2,3 ben
        see u1 @2,3 cleo
        fact 1 at 1 never l1 s1
        check
        see u1 @4 cleo
        check
        see l1 @4 ben",
    );
}

/// A device was looked at while the owner of its card was away.
#[test]
fn what_was_somebodys_who_goes_and_comes_again_is_theirs() {
    check_with_any_budget(
        "see l1 g0 @5 shop
        see l0 @3
        see u0 p2 l1 d2 @5
        see u2 s1 l0 a4 @5 ben
        fact 13 at 3 revoke web
        see g1 g0 @4 shop
        undo 13",
    );
}

/// A node that went and came again while its strands waited for a step was counted wrong.
#[test]
fn a_source_is_revoked_and_believed_again_before_its_strands_are_attributed() {
    check_with_any_budget(
        "see s1 l0 @1,3 ben
        see s1 @1,5 anna
        see e3 l1 d0 @4 shop
        see u3 l1 @5
        fact 16 at 2 revoke web
        undo 16",
    );
}

/// A browser's device was somebody's by now, whose phone was somebody's by now.
#[test]
fn a_browser_is_found_while_its_owners_are_found_out() {
    check_with_any_budget(
        "see d0 a0 @5
        see p0 d2 d0 @5
        see e1+tag p0 @2",
    );
}

/// The mailbox was two people's and one's again before its place was written.
#[test]
fn a_mailbox_is_shared_and_no_more_while_its_region_is_put_off() {
    check(
        "region 2
        see u0 u2 e0 @3
        see e0 @2
        fact 13 at 1 split u0",
    );
}

/// It had an owner still when the owner went, but was no longer among the owner's things.
#[test]
fn a_blocked_number_is_found_when_its_owner_goes() {
    check_with_any_budget(
        "see u3 s0 p1 l1 @5
        see l0 l1 @5
        check
        fact 33 at 1 block p1
        forget u3 s0 p1 l1",
    );
}
