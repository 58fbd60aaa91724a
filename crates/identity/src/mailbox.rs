//! Whose a mailbox is that several logins or names were seen with: a couple's, an office's, or one person's after all.
//!
//! - A function of the mailbox's links and names, and of its logins' names.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::graph::Graph;
use crate::region::{Weighted, first_names};
use crate::work::Work;
use crate::{Class, LinkRow, NodeId, Reader, Rules, marks};

/// A login of a mailbox.
struct Login {
    node: NodeId,
    link: Arc<LinkRow>,
    names: Vec<Weighted>,
}

/// Decides how a mailbox links.
pub(crate) fn judge<R: Reader>(
    graph: &mut Graph<'_, R>,
    mailbox: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.shared(mailbox)? else {
        return Ok(());
    };
    if !graph.rules.is_people(row.rank) || graph.rules.namespace(row.rank).exclusive {
        return Ok(());
    }
    let names = first_names(graph, mailbox, &row)?;
    let class = if goes_by_two_names(&names, graph.rules) {
        Class::Shared
    } else {
        let logins = logins(graph, mailbox)?;
        by_logins(graph, logins)?
    };
    if row.class != class {
        if let Some(row) = graph.node_mut(mailbox)? {
            row.class = class;
        }
        marks::turned(graph, mailbox, work)?;
    }
    Ok(())
}

/// True when a second name was given often enough to be no slip, or so many that none stands out.
fn goes_by_two_names(names: &[Weighted], rules: &Rules) -> bool {
    let mut in_order: Vec<&Weighted> = names.iter().collect();
    in_order.sort_by_key(|(name, days)| (Reverse(*days), name.clone()));
    // Short forms of a name count with the one that was given most.
    let mut people: Vec<(&String, u32)> = Vec::new();
    for (name, days) in in_order {
        match people
            .iter_mut()
            .find(|(known, _)| rules.same_name(known, name))
        {
            Some((_, sum)) => *sum = sum.saturating_add(*days),
            None => people.push((name, *days)),
        }
    }
    people.sort_by_key(|(name, days)| (Reverse(*days), *name));
    let [(_, first), (_, second), rest @ ..] = &people[..] else {
        return false;
    };
    let all: u32 = people.iter().map(|(_, days)| days).sum();
    let by_second = *second >= rules.name_days_min && second.saturating_mul(2) >= *first;
    by_second || !rest.is_empty() && first.saturating_mul(2) <= all
}

/// The logins that may link to the mailbox.
fn logins<R: Reader>(graph: &mut Graph<'_, R>, mailbox: NodeId) -> Result<Vec<Login>, R::Error> {
    let Some(row) = graph.shared(mailbox)? else {
        return Ok(Vec::new());
    };
    let mut logins = Vec::new();
    let exclusive = |rules: &Rules, rank| rules.namespace(rank).exclusive;
    for (node, rank) in marks::neighbours(graph, mailbox, exclusive)? {
        let rules = graph.rules;
        let Some(login) = graph.shared(node)? else {
            continue;
        };
        let foreign = login.is_foreign_to_staff(mailbox);
        if login.is_apart() || rules.is_hub(&login, row.rank) || foreign {
            continue;
        }
        let link = graph
            .link((mailbox, row.rank), (node, rank))?
            .unwrap_or_default();
        let names = first_names(graph, node, &login)?;
        logins.push(Login { node, link, names });
    }
    logins.sort_by_key(|login| (Reverse(login.link.days.len()), login.node));
    Ok(logins)
}

fn by_logins<R: Reader>(graph: &mut Graph<'_, R>, logins: Vec<Login>) -> Result<Class, R::Error> {
    let [first, second, ..] = &logins[..] else {
        return Ok(Class::Plain);
    };
    let dominance = usize::try_from(graph.rules.mailbox_dominance).unwrap_or(usize::MAX);
    if are_aliases(graph, &logins)? {
        return Ok(Class::Plain);
    }
    // Registering again is common, handing a mailbox on is not.
    if is_succession(&logins, graph.rules) {
        let logins: BTreeSet<NodeId> = logins.iter().map(|login| login.node).collect();
        return Ok(Class::Succession { logins });
    }
    if first.link.days.len() >= second.link.days.len().saturating_mul(dominance) {
        return Ok(Class::Dominated { by: first.node });
    }
    Ok(Class::Shared)
}

/// True when a server said of all of them that they are one.
fn are_aliases<R: Reader>(graph: &mut Graph<'_, R>, logins: &[Login]) -> Result<bool, R::Error> {
    let first = &logins[0];
    let Some(rank) = graph.node(first.node)?.map(|row| row.rank) else {
        return Ok(false);
    };
    for other in &logins[1..] {
        let Some(other_rank) = graph.node(other.node)?.map(|row| row.rank) else {
            return Ok(false);
        };
        let link = graph.link((first.node, rank), (other.node, other_rank))?;
        if link.is_none_or(|link| link.aliases == 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// True when no two go by different names and none was used with the mailbox before the last day of the one before.
fn is_succession(logins: &[Login], rules: &Rules) -> bool {
    let mut in_time: Vec<&Login> = logins.iter().collect();
    in_time.sort_by_key(|login| (login.link.days.keys().next().copied(), login.node));
    in_time.windows(2).all(|pair| {
        let [before, after] = pair else { return true };
        let last = before.link.days.keys().next_back();
        let first = after.link.days.keys().next();
        let same = |(a, _): &Weighted| after.names.iter().any(|(b, _)| rules.same_name(a, b));
        let unknown = before.names.is_empty() || after.names.is_empty();
        last < first && (unknown || before.names.iter().any(same))
    })
}
