//! The report of resolving in memory, for growing numbers of identifiers.

use acquaint_benches::identity::{COMMAND_MESSAGES, Resolved, Stream, resolve_identifiers, shares};
use acquaint_identity::Rules;

/// Measures from the smallest number of identifiers to the largest, each ten times the previous one.
pub(crate) fn bench(stream: &Stream, smallest: usize, largest: usize, rules: &Rules) {
    println!(
        "resolve in memory, one thread: the {} of {} messages and {} identifiers, replicated; no cache",
        stream.name,
        stream.len(1),
        stream.identifiers
    );
    let shares = shares(stream, rules);
    println!(
        "  {:.1} % of the messages change nothing, {:.1} % their evidence only, {:.1} % the graph",
        shares.nothing, shares.evidence_only, shares.graph
    );
    println!(
        "  identifiers    messages  states of evidence        rows  messages/s  x floor  bytes each  a command of {COMMAND_MESSAGES}"
    );
    let mut wanted = smallest;
    while wanted <= largest {
        print(&resolve_identifiers(stream, wanted, rules));
        wanted *= 10;
    }
}

fn print(resolved: &Resolved) {
    let bytes = resolved.bytes_per_identifier;
    println!(
        "  {:>11}  {:>10}  {:>18}  {:>10}  {:>10.0}  {:>7.3}  {:>10}  {}",
        resolved.identifiers,
        resolved.messages,
        resolved.states,
        resolved.rows,
        resolved.messages_per_second(),
        resolved.share_of_floor(),
        bytes.map_or("unknown".to_owned(), |bytes| bytes.to_string()),
        resolved.commands,
    );
}
