//! Who is welcome, and what is said to who is not.

#![allow(clippy::unwrap_used)]

use futures::FutureExt;
use proptest::prelude::*;

use super::*;

const CLUSTER: ClusterId = ClusterId([0xc1; 16]);

fn hello() -> Hello {
    Hello {
        versions: 1..=1,
        cluster: CLUSTER,
        from: 1,
        to: 2,
        lane: lane_code(Lane::Log),
        frame_bytes_max: 1 << 20,
        alive_ms: 1_000,
        program: "0.1.0".to_string(),
        advertise: "one.example:7000".to_string(),
    }
}

fn me() -> Me {
    Me {
        versions: 1..=1,
        cluster: CLUSTER,
        node: 2,
    }
}

fn check_refused(hello: &Hello, members: &Members, code: RefusalCode, reason: &str) {
    let refusal = judge(hello, &me(), members).unwrap_err();
    assert_eq!((refusal.code, &refusal.reason[..]), (code, reason));
}

#[test]
fn who_is_meant_is_welcome() {
    let judged = judge(&hello(), &me(), &Members::default());
    assert_eq!(judged, Ok((Lane::Log, 1)));
}

#[test]
fn who_is_not_meant_is_told_why() {
    let everybody = Members::default();
    let other = Hello {
        cluster: ClusterId([0xaa; 16]),
        ..hello()
    };
    let reason = "node 2 belongs to cluster c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1, and the caller, node 1, to cluster \
                  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    check_refused(&other, &everybody, RefusalCode::OtherCluster, reason);

    let other = Hello { to: 9, ..hello() };
    let reason =
        "the caller meant node 9, and this is node 2: the address is used by another node now";
    check_refused(&other, &everybody, RefusalCode::OtherNode, reason);

    let same = Hello { from: 2, ..hello() };
    let reason = "the caller says that it is node 2, and so is this: an id was given twice";
    check_refused(&same, &everybody, RefusalCode::SameNode, reason);

    let lane = Hello {
        lane: 77,
        ..hello()
    };
    let reason = "node 2 knows no lane 77";
    check_refused(&lane, &everybody, RefusalCode::UnknownLane, reason);
}

#[test]
fn members_are_who_is_allowed_and_not_forgotten() {
    let reason = "node 1 is not a member of the cluster, or not any more";
    let mut members = Members {
        allowed: Some([2, 3].into()),
        ..Members::default()
    };
    check_refused(&hello(), &members, RefusalCode::NotMember, reason);
    members.allowed = Some([1, 2, 3].into());
    assert!(judge(&hello(), &me(), &members).is_ok());
    members.forgotten.insert(1);
    check_refused(&hello(), &members, RefusalCode::NotMember, reason);
}

#[test]
fn the_highest_version_that_both_speak_is_spoken() {
    for (one, other, common) in [
        (1..=1, 1..=1, Some(1)),
        (1..=3, 2..=5, Some(3)),
        (2..=5, 1..=3, Some(3)),
        (1..=9, 4..=4, Some(4)),
        (1..=2, 3..=4, None),
        (3..=4, 1..=2, None),
    ] {
        assert_eq!(highest_common(&one, &other), common, "{one:?} {other:?}");
    }
    let nonsense = RangeInclusive::new(5, 1);
    assert_eq!(highest_common(&nonsense, &(1..=9)), None);
    let later = Hello {
        versions: 7..=9,
        ..hello()
    };
    let reason = "the caller speaks versions 7 to 9 of the protocol, and node 2 speaks 1 to 1";
    check_refused(
        &later,
        &Members::default(),
        RefusalCode::NoCommonVersion,
        reason,
    );
}

fn written_hello(hello: &Hello) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_hello(&mut bytes, hello)
        .now_or_never()
        .unwrap()
        .unwrap();
    bytes
}

fn written_reply(reply: &Reply) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_reply(&mut bytes, reply)
        .now_or_never()
        .unwrap()
        .unwrap();
    bytes
}

fn hello_of(mut bytes: &[u8]) -> Result<Hello, HandshakeError> {
    read_hello(&mut bytes).now_or_never().unwrap()
}

fn reply_of(mut bytes: &[u8]) -> Result<Reply, HandshakeError> {
    read_reply(&mut bytes).now_or_never().unwrap()
}

#[test]
fn what_is_said_is_heard() {
    assert_eq!(hello_of(&written_hello(&hello())).unwrap(), hello());
    let welcome = Welcome {
        version: 1,
        node: 2,
        frame_bytes_max: 7,
        program: "0.2.0".to_string(),
    };
    for reply in [
        Ok(welcome),
        Err(Refusal {
            code: RefusalCode::OtherNode,
            reason: "another one".to_string(),
        }),
        Err(Refusal {
            code: RefusalCode::Other(200),
            reason: "what only a later version knows".to_string(),
        }),
    ] {
        assert_eq!(reply_of(&written_reply(&reply)).unwrap(), reply);
    }
}

#[test]
fn every_refusal_has_a_number_of_its_own() {
    for (number, code) in RefusalCode::KNOWN {
        assert_eq!(code.number(), number);
        assert_eq!(RefusalCode::from_number(number), code);
    }
}

/// A later version appends fields; this one takes no notice.
#[test]
fn what_is_appended_is_ignored() {
    let bytes = written_hello(&hello());
    let mut body = bytes[10..bytes.len() - 4].to_vec();
    body.extend_from_slice(b"what is not known yet");
    let mut longer = bytes[..8].to_vec();
    longer.put_u16(body.len() as u16);
    longer.put_slice(&body);
    longer.put_u32(crc32fast::hash(&body));
    assert_eq!(hello_of(&longer).unwrap(), hello());
}

#[test]
fn the_bytes_of_a_hello_are_for_ever() {
    let bytes = written_hello(&hello());
    let expected = [
        &b"acqhello"[..],
        &[0, 68],
        &[0, 1, 0, 1],
        &[0xc1; 16],
        &[0, 0, 0, 0, 0, 0, 0, 1],
        &[0, 0, 0, 0, 0, 0, 0, 2],
        &[2],
        &[0, 0x10, 0, 0],
        &[0, 0, 3, 0xe8],
        b"\x050.1.0",
        b"\x10one.example:7000",
    ]
    .concat();
    let (body, crc) = bytes.split_at(bytes.len() - 4);
    assert_eq!(body, expected);
    assert_eq!(crc, crc32fast::hash(&expected[10..]).to_be_bytes());
}

#[test]
fn who_speaks_something_else_is_no_peer() {
    let web = b"GET / HTTP/1.1\r\nhost: one.example\r\n\r\n";
    assert!(matches!(hello_of(web), Err(HandshakeError::NotAPeer)));
    // A socket that was connected to itself hears what it said.
    let echo = written_hello(&hello());
    assert!(matches!(reply_of(&echo), Err(HandshakeError::NotAPeer)));
}

#[test]
fn text_of_strangers_does_not_write_lines_of_a_log() {
    let sly = Hello {
        program: "1\nERROR all is lost\u{1b}[0m".to_string(),
        ..hello()
    };
    let heard = hello_of(&written_hello(&sly)).unwrap();
    assert_eq!(heard.program, "1\u{fffd}ERROR all is lost\u{fffd}[0m");
}

proptest! {
    #[test]
    fn garbage_and_damage_are_refused(
        garbage in prop::collection::vec(any::<u8>(), 0..200),
        at: prop::sample::Index,
        bit in 0..8,
    ) {
        prop_assert!(hello_of(&garbage).is_err());
        prop_assert!(hello_of(&[&HELLO[..], &garbage].concat()).is_err());
        prop_assert!(reply_of(&[&REPLY[..], &garbage].concat()).is_err());
        let mut damaged = written_hello(&hello());
        let at = at.index(damaged.len());
        damaged[at] ^= 1_u8 << bit;
        prop_assert!(hello_of(&damaged).is_err());
        prop_assert!(hello_of(&written_hello(&hello())[..at]).is_err());
    }
}
