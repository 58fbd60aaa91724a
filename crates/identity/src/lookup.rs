//! Whom a node belongs to, from the stored partition: a point read, a profile row and one range of members.

use crate::graph::Graph;
use crate::{
    HubSide, IDENTIFIERS_SHOWN_MAX, Lookup, Member, MemberIdentifier, NodeId, NodeRow, ProfileRow,
    ProfileView, Rank, Reader, RowKey, RowPrefix, RowValue, Rules,
};

pub(crate) fn lookup<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<Lookup, R::Error> {
    let Some(row) = graph.node(node)?.cloned() else {
        return Ok(Lookup::Unknown);
    };
    let Some(profile) = graph.profile(row.root)? else {
        return Ok(Lookup::Unknown);
    };
    let view = view(graph, row.root, &profile)?;
    if row.is_blocked() {
        return Ok(Lookup::Blocked { profile: view });
    }
    let sides = hub_sides(&row, graph.rules);
    // A login stays its owner's, whatever was typed behind it.
    let is_login = graph.rules.namespace(row.rank).exclusive;
    if !sides.is_empty() && !is_login && !names_another_customer(&row, &profile, graph.rules) {
        return Ok(Lookup::Hub {
            profile: view,
            sides,
        });
    }
    Ok(Lookup::Profile(view))
}

/// The namespaces of people whose caps the node is over. A customer with a million browsers is over none of them.
fn hub_sides(row: &NodeRow, rules: &Rules) -> Vec<HubSide> {
    let people =
        |rank: Rank| rules.namespace(rank).describes && rules.hub_side(row, rank) == Some(rank);
    let sides = row.neighbours.iter().filter(|(rank, _)| people(**rank));
    sides
        .map(|(rank, count)| HubSide {
            rank: *rank,
            neighbours: *count,
            cap: rules.cap(row.rank, *rank),
        })
        .collect()
}

/// True when the profile holds a customer's identifier beside the node itself.
fn names_another_customer(row: &NodeRow, profile: &ProfileRow, rules: &Rules) -> bool {
    let customers: u32 = profile
        .nodes
        .iter()
        .filter(|(rank, _)| rules.namespace(**rank).customer)
        .map(|(_, count)| *count)
        .sum();
    customers > u32::from(rules.namespace(row.rank).customer)
}

/// A profile with its members, the strongest first.
pub(crate) fn view<R: Reader>(
    graph: &Graph<'_, R>,
    root: NodeId,
    row: &ProfileRow,
) -> Result<ProfileView, R::Error> {
    let mut members: Vec<Member> = Vec::new();
    let mut rows = graph.scan(&RowPrefix::Members(root), None, IDENTIFIERS_SHOWN_MAX + 1)?;
    let truncated = rows.len() > IDENTIFIERS_SHOWN_MAX;
    rows.truncate(IDENTIFIERS_SHOWN_MAX);
    for (key, value) in rows {
        let (RowKey::Member { node, id, .. }, RowValue::Member(row)) = (key, value) else {
            continue;
        };
        // Rows of one node stand together.
        if members.last().is_none_or(|member| member.node != node) {
            let key = row.key.clone().unwrap_or_else(|| row.canonical.clone());
            members.push(Member {
                node,
                rank: row.rank,
                key,
                identifiers: Vec::new(),
            });
        }
        if let Some(member) = members.last_mut() {
            member.identifiers.push(MemberIdentifier {
                id,
                canonical: row.canonical,
                is_anchor: row.is_anchor,
            });
        }
    }
    members.sort_by_key(|member| (member.rank, smallest(member), member.node));
    Ok(ProfileView {
        root,
        canonical: row.canonical,
        members,
        pending: row.pending,
        truncated,
    })
}

fn smallest(member: &Member) -> Option<crate::IdentifierId> {
    member.identifiers.first().map(|identifier| identifier.id)
}
