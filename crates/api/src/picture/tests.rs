//! Whatever the graph, the picture is well-formed, bounded, the same twice, and no label lies on another one.

#![allow(clippy::unwrap_used)]

use quick_xml::Reader;
use quick_xml::events::Event;

use super::layout::layout;
use super::plan::plan;
use super::{KEPT_APART_DRAWN_MAX, PEOPLE_DRAWN_MAX, SVG_BYTES_MAX, THINGS_DRAWN_MAX, svg};
use crate::profiles::{GraphBody, GraphNodeBody, LinkBody, OmittedBody, RefusalBody, Share};

const NAMESPACES: [(&str, u8); 5] = [
    ("user_id", 0),
    ("email", 0),
    ("phone", 1),
    ("device_id", 2),
    ("anonymous_id", 3),
];

fn node(namespace: &str, value: &str, share: Share) -> GraphNodeBody {
    let layer = NAMESPACES.iter().find(|(name, _)| *name == namespace);
    GraphNodeBody {
        key: format!("{namespace}:{value}"),
        namespace: namespace.to_owned(),
        value: value.to_owned(),
        layer: layer.unwrap().1,
        share,
    }
}

fn link(a: &GraphNodeBody, b: &GraphNodeBody, rule: &str, days: u64) -> LinkBody {
    LinkBody {
        a: a.key.clone(),
        b: b.key.clone(),
        rule: rule.to_owned(),
        days,
        first_day: Some("2026-01-31".to_owned()),
        last_day: Some("2026-02-28".to_owned()),
        sources: vec!["web".to_owned()],
        sample_message_ids: vec!["m-1".to_owned()],
        through: None,
        fact: None,
        weakest: false,
    }
}

fn refusal(a: &GraphNodeBody, b: &GraphNodeBody, detail: &str) -> RefusalBody {
    RefusalBody {
        a: a.key.clone(),
        b: b.key.clone(),
        rule: "first_names".to_owned(),
        detail: detail.to_owned(),
        values: None,
        days: 1,
        first_day: None,
        last_day: None,
        sources: Vec::new(),
        sample_message_ids: Vec::new(),
        through: None,
        fact: None,
    }
}

/// A login with these many mailboxes, phones, devices and browsers, each with a stranger to every mailbox.
fn graph(mailboxes: usize, things: usize, value: &str) -> GraphBody {
    let login = node("user_id", &format!("{value}u"), Share::All);
    let mut graph = GraphBody {
        id: "pf_3e4vrtmk2ax6hgvgu7v6q6ira4".to_owned(),
        nodes: vec![login],
        ..GraphBody::default()
    };
    for number in 0..mailboxes {
        let mailbox = node("email", &format!("{value}{number}"), Share::All);
        // A chain, as deep as it is long.
        let before = graph.nodes.last().unwrap();
        let link = link(before, &mailbox, "seen_together_tier_1", number as u64);
        graph.links.push(link);
        graph.nodes.push(mailbox);
    }
    for (namespace, _) in &NAMESPACES[2..] {
        for number in 0..things {
            let thing = node(namespace, &format!("{value}{number}"), Share::All);
            let owner = &graph.nodes[number % (mailboxes + 1)];
            graph
                .links
                .push(link(&thing, owner, "owned", number as u64));
            graph.nodes.push(thing);
        }
    }
    for number in 0..mailboxes {
        let stranger = node("email", &format!("{value}other{number}"), Share::None);
        let refusal = refusal(&graph.nodes[number], &stranger, value);
        graph.refusals.push(refusal);
        graph.nodes.push(stranger);
    }
    if let Some(link) = graph.links.last_mut() {
        link.weakest = true;
    }
    graph
}

/// The texts of a picture; fails when it is no well-formed XML, or does more than draw.
fn texts(picture: &str) -> Vec<String> {
    let mut reader = Reader::from_str(picture);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut open) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(element) => {
                open += 1;
                drawn_only(&element);
            }
            Event::Empty(element) => drawn_only(&element),
            Event::End(_) => open -= 1,
            Event::Text(text) => texts.push(text.decode().unwrap().into_owned()),
            Event::GeneralRef(_) => {}
            other => panic!("{other:?} is no part of a picture"),
        }
    }
    assert_eq!(open, 0);
    texts
}

fn drawn_only(element: &quick_xml::events::BytesStart<'_>) {
    let known = ["svg", "title", "desc", "style", "rect", "path", "g", "text"];
    let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
    assert!(known.contains(&name.as_str()), "{name}");
    for attribute in element.attributes() {
        let attribute = attribute.unwrap();
        let name = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        assert!(!name.starts_with("on") && !name.contains("href"), "{name}");
    }
}

#[test]
fn a_small_picture_says_everything_in_words() {
    let mut small = graph(1, 1, "x");
    small.pending = true;
    let texts = texts(&svg(&small)).join("\n");
    for expected in [
        "user_id:xu",
        "pf_3e4vrtmk2ax6hgvgu7v6q6ira4 · 5 identifiers · 1 refused link",
        "The person",
        "email · seen together",
        "Phones and cards",
        "anonymous_id · owned",
        "the weakest link",
        "Kept apart",
        "Work on this identity is still going on",
    ] {
        assert!(texts.contains(expected), "{expected} is not in\n{texts}");
    }
}

#[test]
fn of_what_is_too_much_the_rest_is_counted() {
    let mut large = graph(64, 64, "x");
    large.omitted.push(OmittedBody {
        namespace: "anonymous_id".to_owned(),
        layer: 3,
        count: 1_000,
    });
    let texts = texts(&svg(&large));
    let browsers = 64 - THINGS_DRAWN_MAX + 1_000;
    let expected = format!("and 1,{:03} browsers more", browsers - 1_000);
    assert!(texts.contains(&expected), "{expected}");
    let expected = format!("and {} email addresses more", 65 - PEOPLE_DRAWN_MAX);
    assert!(texts.contains(&expected), "{expected}");
    let expected = format!("{} refused links are not shown.", 64 - KEPT_APART_DRAWN_MAX);
    assert!(texts.contains(&expected), "{expected}");
}

#[test]
fn whatever_was_typed_it_is_well_formed_bounded_and_the_same_twice() {
    let values = [
        "&".repeat(600),
        "<script>alert(1)</script>".to_owned(),
        "]]>\u{0}\u{b}\u{fffe}\u{202e}'\"".to_owned(),
        "😀漢字ש".repeat(80),
        String::new(),
    ];
    for value in values {
        for (mailboxes, things) in [(0, 0), (1, 1), (3, 60), (64, 64)] {
            let graph = graph(mailboxes, things, &value);
            let picture = svg(&graph);
            texts(&picture);
            assert!(picture.len() <= SVG_BYTES_MAX, "{} bytes", picture.len());
            assert_eq!(picture, svg(&graph.clone()));
        }
    }
}

#[test]
fn no_label_lies_on_another_one() {
    for (mailboxes, things) in [(0, 0), (1, 1), (4, 7), (12, 40), (64, 64)] {
        let graph = graph(
            mailboxes,
            things,
            "somebody.with.a.long.address@mail.example",
        );
        let scene = layout(&plan(&graph));
        for (at, one) in scene.frames.iter().enumerate() {
            assert!(one.x + one.width < scene.width && one.y + one.height < scene.height);
            for other in &scene.frames[at + 1..] {
                let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
                let below = one.y + one.height <= other.y || other.y + other.height <= one.y;
                assert!(beside || below, "{} on {}", one.title, other.title);
            }
            for label in &scene.labels {
                let beside = label.x < one.x || label.x >= one.x + one.width;
                let apart = label.y <= one.y || label.y - 12 >= one.y + one.height;
                assert!(beside || apart, "{} on {}", label.line.text, one.title);
            }
        }
    }
}

#[test]
fn what_only_browsers_say_is_drawn_too() {
    let browsers = ["a", "b", "c"].map(|value| node("anonymous_id", value, Share::All));
    let links = [
        link(&browsers[0], &browsers[1], "seen_together_tier_16", 1),
        link(&browsers[1], &browsers[2], "seen_together_tier_16", 2),
    ];
    let graph = GraphBody {
        nodes: browsers.to_vec(),
        links: links.to_vec(),
        ..GraphBody::default()
    };
    let texts = texts(&svg(&graph));
    assert!(texts.contains(&"Browsers".to_owned()), "{texts:?}");
    assert!(texts.contains(&"anonymous_id · seen together · 2 days".to_owned()));
}
