//! Worlds as text: rules that differ from the standard, and what happens, one line each.
//!
//! ```text
//! cap d u 2                 two logins per device          limit e 1, size 4, work 20, region 3
//! see u1 d1 @1,2 anna       a strand on two days, with a name; `1980-01-01` is a birth date, `shop` the source,
//!                           `server` its trust, `alias` what it says
//! and u2 d1 @3              in the same command
//! forget u1 d1 shop         the strand's evidence is taken back
//! fact 7 at 3 must u1 e2    also never, block, split, revoke; the number is the fact's, and the time
//! undo 7
//! check                     steps until nothing is pending; the rows are those of computing all at once
//! ```
//!
//! A random world that fails is printed like this, made as small as it gets, so that it can become a test.

use std::fmt::{self, Display, Write};

use crate::tests::graphs::random::blocked_pattern;
use crate::tests::{fact, identifier, rules, seen};
use crate::{Evidence, Fact, Rules, Source, Statement, Trust};

const LETTERS: &str = "uespldga";

/// What happens to a world.
#[derive(Clone)]
pub(crate) enum Event {
    /// Evidence, in one command.
    See(Vec<Evidence>),
    /// The evidence of a (strand, source) is taken back.
    Forget(Evidence),
    /// An operator says something.
    Fact(Fact),
    /// The operator takes it back, by the first byte of its id.
    Undo(u8),
    /// All that was put off is done, and everything must be right.
    Check,
}

/// A number of the rules that differs from the standard.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Cap(usize, usize, u32),
    Limit(usize, u32),
    Size(u32),
    Work(u32),
    Region(u32),
}

impl Change {
    pub(crate) fn apply(self, rules: &mut Rules) {
        match self {
            Self::Cap(from, to, cap) => rules.namespaces[from].neighbours_max[to] = cap,
            Self::Limit(rank, limit) => rules.namespaces[rank].per_profile_max = limit,
            Self::Size(nodes) => rules.profile_nodes_max = nodes,
            Self::Work(rows) => rules.work_max = rows,
            Self::Region(nodes) => rules.region_nodes_max = nodes,
        }
    }
}

/// Rules and events.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) changes: Vec<Change>,
    pub(crate) events: Vec<Event>,
}

impl Script {
    pub(crate) fn rules(&self) -> Rules {
        let mut rules = rules();
        rules.namespaces[7].blocked_patterns.push(blocked_pattern());
        for change in &self.changes {
            change.apply(&mut rules);
        }
        rules
    }

    /// Reads a script; what it does not understand is a mistake of the test.
    pub(crate) fn parse(text: &str) -> Self {
        let mut script = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("{line}"));
            match words[..] {
                ["cap", from, to, cap] => {
                    let cap = Change::Cap(place(from), place(to), number(cap));
                    script.changes.push(cap);
                }
                ["limit", of, limit] => {
                    script.changes.push(Change::Limit(place(of), number(limit)));
                }
                ["size", nodes] => script.changes.push(Change::Size(number(nodes))),
                ["work", rows] => script.changes.push(Change::Work(number(rows))),
                ["region", nodes] => script.changes.push(Change::Region(number(nodes))),
                ["see", ref words @ ..] => script.events.push(Event::See(vec![strand(words)])),
                ["and", ref words @ ..] => match script.events.last_mut() {
                    Some(Event::See(batch)) => batch.push(strand(words)),
                    _ => panic!("nothing before `{line}`"),
                },
                ["forget", ref words @ ..] => script.events.push(Event::Forget(strand(words))),
                ["fact", id, "at", at, ref said @ ..] => {
                    let id = u8::try_from(number(id)).unwrap();
                    let fact = fact(id, number(at).into(), statement(said));
                    script.events.push(Event::Fact(fact));
                }
                ["undo", id] => {
                    let id = u8::try_from(number(id)).unwrap();
                    script.events.push(Event::Undo(id));
                }
                ["check"] => script.events.push(Event::Check),
                _ => panic!("`{line}` is no line of a script"),
            }
        }
        script
    }
}

fn place(letter: &str) -> usize {
    LETTERS.find(letter).unwrap()
}

fn strand(words: &[&str]) -> Evidence {
    let is_identifier = |word: &&&str| {
        let (letter, number) = word.split_at(1);
        LETTERS.contains(letter) && number.starts_with(|c: char| c.is_ascii_digit())
    };
    let identifiers: Vec<&str> = words.iter().take_while(is_identifier).copied().collect();
    let mut evidence = seen(&identifiers.join(" "), &[]);
    let mut values = Vec::new();
    for word in &words[identifiers.len()..] {
        match *word {
            "shop" => evidence.source = Source("shop".to_owned()),
            "server" => evidence.trust = Trust::Server,
            "alias" => evidence.alias = true,
            word => match word.strip_prefix('@') {
                Some(days) => {
                    let days = days.split(',').map(|day| crate::Day(day.parse().unwrap()));
                    evidence.days = days.collect();
                }
                None => values.push(word),
            },
        }
    }
    for value in values {
        let is_date = value.starts_with(|c: char| c.is_ascii_digit());
        let (dates, names) = (&mut evidence.birth_dates, &mut evidence.first_names);
        let kind = if is_date { dates } else { names };
        kind.insert(value.to_owned(), evidence.days.clone());
    }
    evidence
}

fn statement(words: &[&str]) -> Statement {
    match words {
        ["must", a, b] => Statement::MustLink(identifier(a), identifier(b)),
        ["never", a, b] => Statement::NeverLink(identifier(a), identifier(b)),
        ["block", a] => Statement::Block(identifier(a)),
        ["split", a] => Statement::Split(identifier(a)),
        ["revoke", source] => Statement::Revoke(Source((*source).to_owned())),
        _ => panic!("{words:?} is no statement"),
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |place: &usize| &LETTERS[*place..=*place];
        match self {
            Self::Cap(from, to, cap) => write!(f, "cap {} {} {cap}", letter(from), letter(to)),
            Self::Limit(rank, limit) => write!(f, "limit {} {limit}", letter(rank)),
            Self::Size(nodes) => write!(f, "size {nodes}"),
            Self::Work(rows) => write!(f, "work {rows}"),
            Self::Region(nodes) => write!(f, "region {nodes}"),
        }
    }
}

fn text(evidence: &Evidence) -> String {
    let mut text = String::new();
    for identifier in &evidence.identifiers {
        write!(text, "{} ", identifier.canonical).unwrap();
    }
    let days: Vec<String> = evidence.days.iter().map(|day| day.0.to_string()).collect();
    write!(text, "@{}", days.join(",")).unwrap();
    let values = evidence
        .first_names
        .keys()
        .chain(evidence.birth_dates.keys());
    for value in values {
        write!(text, " {value}").unwrap();
    }
    if evidence.source.0 != "web" {
        write!(text, " {}", evidence.source.0).unwrap();
    }
    if evidence.trust == Trust::Server {
        text.push_str(" server");
    }
    if evidence.alias {
        text.push_str(" alias");
    }
    text
}

fn said(statement: &Statement) -> String {
    match statement {
        Statement::MustLink(a, b) => format!("must {} {}", a.canonical, b.canonical),
        Statement::NeverLink(a, b) => format!("never {} {}", a.canonical, b.canonical),
        Statement::Block(a) => format!("block {}", a.canonical),
        Statement::Split(a) => format!("split {}", a.canonical),
        Statement::Revoke(source) => format!("revoke {}", source.0),
        Statement::RevokeMessage(_) => unreachable!("it is for the anchors, not for the graph"),
    }
}

impl Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        for event in &self.events {
            match event {
                Event::See(batch) => {
                    for (at, evidence) in batch.iter().enumerate() {
                        let word = if at == 0 { "see" } else { "and" };
                        writeln!(f, "{word} {}", text(evidence))?;
                    }
                }
                Event::Forget(evidence) => {
                    let shop = if evidence.source.0 == "web" {
                        ""
                    } else {
                        "shop"
                    };
                    let names = evidence.identifiers.iter().map(|i| i.canonical.as_str());
                    let names: Vec<&str> = names.collect();
                    writeln!(f, "forget {} {shop}", names.join(" "))?;
                }
                Event::Fact(fact) => {
                    let said = said(&fact.statement);
                    writeln!(f, "fact {} at {} {said}", fact.id.0[0], fact.at_ms)?;
                }
                Event::Undo(id) => writeln!(f, "undo {id}")?,
                Event::Check => writeln!(f, "check")?,
            }
        }
        Ok(())
    }
}
