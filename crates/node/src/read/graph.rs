//! A customer as a graph.

use acquaint_api::ProfileKey;
use acquaint_api::profiles::{GraphBody, GraphNodeBody, OmittedBody, Share};
use acquaint_identity::{PictureNode, Scope};

use super::link;
use super::reading::Reading;
use super::render;
use crate::Error;

/// The graph of the customer that a key names.
pub(crate) fn graph(reading: &Reading<'_>, key: &ProfileKey) -> Result<GraphBody, Error> {
    let view = reading.profile(key)?;
    let picture = reading.resolve(|resolver| resolver.picture(&view))?;
    let mut body = GraphBody {
        id: render::profile_id(view.canonical),
        refusals_omitted: picture.refused_omitted.into(),
        truncated: view.truncated || picture.unlinked,
        pending: view.pending,
        ..GraphBody::default()
    };
    body.nodes = picture.nodes.iter().map(|one| node(reading, one)).collect();
    for (number, step) in picture.links.iter().enumerate() {
        let weakest = picture.weakest == Some(number);
        body.links.push(link::accepted(reading, step, weakest)?);
    }
    for refused in &picture.refused {
        body.refusals.push(link::refused(reading, refused)?);
    }
    let omitted = picture.omitted.iter();
    body.omitted = omitted
        .map(|(rank, count)| OmittedBody {
            namespace: reading.namespace(rank.0).to_owned(),
            layer: reading.standing().rules.namespace(*rank).layer,
            count: (*count).into(),
        })
        .collect();
    Ok(body)
}

fn node(reading: &Reading<'_>, node: &PictureNode) -> GraphNodeBody {
    let namespace = reading.namespace(node.rank.0);
    GraphNodeBody {
        key: format!("{namespace}:{}", node.key),
        namespace: namespace.to_owned(),
        value: node.key.clone(),
        layer: reading.standing().rules.namespace(node.rank).layer,
        share: match &node.scope {
            Some(Scope::All) => Share::All,
            Some(Scope::Days(_) | Scope::Except(_)) => Share::Days,
            Some(Scope::Strands) => Share::Strands,
            None => Share::None,
        },
    }
}
