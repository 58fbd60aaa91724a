//! Takes the outbox of a board to the collector, where the board is led.

use std::time::Duration;

use acquaint_consensus::Runtime;
use acquaint_storage::{Error, GroupId, codec};

use crate::audit::Audit;
use crate::cluster::Running;
use crate::machines::{Command, outbox_after, watermark};
use crate::runtime::HostRuntime;
use crate::settings::COLLECTOR;

const PAUSE: Duration = Duration::from_millis(100);
/// Parcels in one command.
const PARCELS_MAX: usize = 20;

/// Runs until the node dies. What is not known to be delivered is delivered again.
pub(crate) async fn run(node: Running, board: GroupId, audit: Audit) {
    let mut trimmed = 0;
    loop {
        HostRuntime::sleep(PAUSE).await;
        if let Err(error) = once(&node, board, &mut trimmed).await {
            audit.break_off(format!(
                "node {} cannot read its outbox: {error}",
                node.node
            ));
            return;
        }
    }
}

async fn once(node: &Running, board: GroupId, trimmed: &mut u64) -> Result<(), Error> {
    let (Some(group), Some(collector)) = (node.group(board), node.group(COLLECTOR)) else {
        return Ok(());
    };
    if !group.is_leader() {
        return Ok(());
    }
    let taken = watermark(&node.store, COLLECTOR, board)?;
    let parcels = outbox_after(&node.store, board, taken, PARCELS_MAX)?;
    if !parcels.is_empty() {
        let deliver = Command::Deliver {
            from: board,
            parcels,
        };
        // Whether it was delivered is seen in the watermark.
        let _ = collector
            .propose_repeatable(codec::encode(&deliver).into())
            .await;
    } else if taken > *trimmed {
        let trim = Command::Trim { through: taken };
        if group.propose(codec::encode(&trim).into()).await.is_ok() {
            *trimmed = taken;
        }
    }
    Ok(())
}
