//! Each promise is seen to be broken when it is: a check that cannot fail proves nothing.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use acquaint_consensus::{At, Role, Status};
use acquaint_history::NumberSet;
use acquaint_storage::GroupId;

use super::all;
use crate::audit::{Applied, Effect, Event, SeenEntry, Settled, Sight};
use crate::machines::{Taken, Tally};

const BOARD: GroupId = GroupId::Anchors(0);

/// What is said of the events, shown one after the other to every promise.
fn broken(events: &[Event<'_>]) -> Vec<&'static str> {
    let mut invariants = all();
    let mut broken = Vec::new();
    for event in events {
        for invariant in &mut invariants {
            if invariant.look(event).is_err() {
                broken.push(invariant.name());
            }
        }
    }
    broken
}

fn entry(index: u64, term: u64, leader: u64, payload: u64) -> SeenEntry {
    SeenEntry {
        index,
        term,
        leader,
        payload,
    }
}

/// A follower with these entries, all of them committed and applied.
fn sight(node: u64, entries: &[SeenEntry]) -> Sight {
    let last = entries.last().map_or(0, |entry| entry.index);
    let status = Status {
        group: BOARD,
        role: Role::Follower,
        leader: None,
        term: entries.last().map_or(0, |entry| entry.term),
        last_log: Some(last),
        committed: Some(last),
        applied: Some(last),
        snapshot: None,
        purged: None,
        in_flight_bytes: 0,
        followers: Vec::new(),
        digest: None,
    };
    Sight {
        node,
        group: BOARD,
        status,
        applied: last,
        purged: 0,
        last_log: last,
        entries: entries.to_vec(),
    }
}

fn leader(node: u64, term: u64, entries: &[SeenEntry]) -> Sight {
    let mut sight = sight(node, entries);
    sight.status.role = Role::Leader;
    sight.status.term = term;
    sight
}

fn applied(node: u64, index: u64, command: u64, digest: u64) -> Applied {
    Applied {
        node,
        at: At {
            group: BOARD,
            index,
        },
        command,
        effect: Effect::Pinned {
            key: 0,
            message: u32::try_from(index).unwrap(),
        },
        tally: Tally {
            commands: index,
            digest,
        },
    }
}

fn settled(pinned: &[(u64, &[u32])], collected: &[(u32, u32)], acknowledged: &[u32]) -> Settled {
    let set = |messages: &[u32]| messages.iter().copied().collect::<NumberSet>();
    let by_node = pinned.iter().map(|(node, messages)| (*node, set(messages)));
    let taken = collected.iter().map(|&(message, times)| Taken {
        from: BOARD.number(),
        key: 0,
        message,
        times,
    });
    Settled {
        pinned: BTreeMap::from([((BOARD, 0), by_node.collect())]),
        collected: BTreeMap::from([(1, taken.collect())]),
        acknowledged: BTreeMap::from([((BOARD, 0), set(acknowledged))]),
    }
}

#[test]
fn a_cluster_that_is_right_breaks_nothing() {
    let log = [entry(1, 1, 1, 10), entry(2, 2, 2, 11)];
    let seen: NumberSet = [1].into_iter().collect();
    let (first, second) = (applied(1, 1, 7, 8), applied(2, 1, 7, 8));
    let at = first.at;
    let events = [
        Event::Applied(&first),
        Event::Applied(&second),
        Event::Seen(&leader(2, 2, &log)),
        Event::Seen(&sight(1, &log)),
        Event::Acknowledged {
            at,
            held: 2,
            voters: 3,
        },
        Event::Read {
            at,
            key: 0,
            seen: &seen,
        },
        Event::Settled(&settled(&[(1, &[1]), (2, &[1])], &[(1, 1)], &[1])),
    ];
    assert_eq!(broken(&events), [""; 0]);
}

#[test]
fn a_log_that_goes_back_to_an_earlier_leader() {
    for (before, after) in [((2, 1), (1, 3)), ((2, 3), (2, 1))] {
        let log = [
            entry(1, before.0, before.1, 10),
            entry(2, after.0, after.1, 11),
        ];
        assert_eq!(broken(&[Event::Seen(&sight(1, &log))]), ["leaders rise"]);
    }
}

/// Of two leaders of one term the one with the greater node comes later.
#[test]
fn two_leaders_of_a_term_break_nothing() {
    let (one, two) = ([entry(1, 3, 1, 10)], [entry(1, 3, 2, 11)]);
    let (mut first, second) = (leader(1, 3, &one), leader(2, 3, &two));
    first.status.committed = None;
    first.status.applied = None;
    let events = [Event::Seen(&first), Event::Seen(&second)];
    assert_eq!(broken(&events), [""; 0]);
}

#[test]
fn two_entries_of_one_place() {
    let mut two = sight(2, &[entry(1, 1, 1, 11)]);
    two.status.committed = None;
    two.status.applied = None;
    let events = [
        Event::Seen(&sight(1, &[entry(1, 1, 1, 10)])),
        Event::Seen(&two),
    ];
    assert_eq!(broken(&events), ["logs match"]);
}

#[test]
fn another_entry_committed() {
    let (one, two) = ([entry(1, 1, 1, 10)], [entry(1, 2, 2, 11)]);
    let events = [Event::Seen(&sight(1, &one)), Event::Seen(&sight(2, &two))];
    assert_eq!(broken(&events), ["committed entries stay"]);
}

#[test]
fn a_later_leader_without_what_was_committed() {
    let log = [entry(1, 1, 1, 10)];
    let events = [
        Event::Seen(&sight(1, &log)),
        Event::Seen(&leader(2, 2, &[])),
    ];
    assert_eq!(broken(&events), ["committed entries stay"]);
}

#[test]
fn an_index_applied_twice() {
    let (once, again) = (applied(1, 1, 7, 8), applied(1, 1, 7, 8));
    let events = [Event::Applied(&once), Event::Applied(&again)];
    assert_eq!(broken(&events), ["applied goes forward"]);
}

#[test]
fn more_applied_than_committed() {
    let mut eager = sight(1, &[entry(1, 1, 1, 10)]);
    eager.status.committed = Some(0);
    assert_eq!(broken(&[Event::Seen(&eager)]), ["applied goes forward"]);
}

#[test]
fn more_purged_than_applied() {
    let mut hasty = sight(1, &[entry(1, 1, 1, 10)]);
    hasty.purged = 2;
    assert_eq!(
        broken(&[Event::Seen(&hasty)]),
        ["what is purged was applied"]
    );
}

#[test]
fn replicas_that_have_come_to_other_states() {
    let (one, two) = (applied(1, 1, 7, 8), applied(2, 1, 7, 9));
    let events = [Event::Applied(&one), Event::Applied(&two)];
    assert_eq!(broken(&events), ["states are equal"]);
}

#[test]
fn acknowledged_by_a_minority() {
    let at = At {
        group: BOARD,
        index: 1,
    };
    let event = Event::Acknowledged {
        at,
        held: 2,
        voters: 4,
    };
    assert_eq!(
        broken(&[event]),
        ["what is acknowledged is held by a majority"]
    );
}

#[test]
fn a_read_of_something_else() {
    let first = applied(1, 1, 7, 8);
    let seen = NumberSet::new();
    let read = Event::Read {
        at: first.at,
        key: 0,
        seen: &seen,
    };
    let events = [Event::Applied(&first), read];
    assert_eq!(broken(&events), ["reads show their position"]);
}

#[test]
fn a_message_collected_twice_or_never() {
    let twice = settled(&[(1, &[1])], &[(1, 2)], &[]);
    let never = settled(&[(1, &[1])], &[], &[]);
    for settled in [twice, never] {
        assert_eq!(
            broken(&[Event::Settled(&settled)]),
            ["the outbox is delivered once"]
        );
    }
}

#[test]
fn an_acknowledged_message_that_is_gone_or_only_here() {
    let gone = settled(&[(1, &[]), (2, &[])], &[], &[1]);
    let only_here = settled(&[(1, &[1]), (2, &[])], &[(1, 1)], &[]);
    for settled in [gone, only_here] {
        assert_eq!(broken(&[Event::Settled(&settled)]), ["nothing is lost"]);
    }
}
