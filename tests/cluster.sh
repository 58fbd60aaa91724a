#!/bin/sh
# `make cluster`: three nodes of config/cluster on loopback, formed by the command line, loaded with the sample while one of
# them is killed. It shows that nothing that was acknowledged is lost, and ends with 0 only if that is so.
#
#   ACQUAINT_BIN=…   the program; KEEP=1 leaves logs and data where they are
set -eu

cd "$(dirname "$0")/.."
binary="${ACQUAINT_BIN:?the program to run}"
export ACQUAINT_TOKEN=operator-0000-change-me
export ACQUAINT_WRITE_KEY=server-0000-change-me
work="$(mktemp -d)"
pids=""

# Ends what was started here, by its id, and nothing else.
cleanup() {
    for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
    if [ "${KEEP:-}" = 1 ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap cleanup EXIT
trap 'exit 1' INT TERM

say() { echo "$(date -u +%H:%M:%S)  $*"; }
fail() {
    say "FAILED: $*"
    for node in 1 2 3; do
        echo "--- the end of the log of node $node"
        tail -n 20 "$work/node-$node.log" 2>/dev/null || true
    done
    exit 1
}

url() { echo "http://127.0.0.1:808$1"; }
cluster() { "$binary" cluster "$@"; }

# start NODE: starts it and keeps its process id in the file node-N.pid.
start() {
    "$binary" serve --config "config/cluster/node-$1.toml" --data-dir "$work/node-$1" \
        >>"$work/node-$1.log" 2>&1 &
    echo $! >"$work/node-$1.pid"
    pids="$pids $!"
}

# until SECONDS WHAT COMMAND…: waits until the command succeeds.
until_done() {
    seconds="$1" what="$2"
    shift 2
    tries=$((seconds * 5))
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "$what took longer than $seconds s"
        sleep 0.2
    done
}

answers() { cluster status --url "$(url "$1")"; }
is_ready() { answers "$1" | grep -q "(ready)"; }
# leader GROUP NODE: who leads the group, as the node sees it.
leader() { answers "$2" | awk -v group="$1" '$1 == group { print $2 }'; }
is_led_by_another() {
    led="$(leader "$1" 2)"
    [ -n "$led" ] && [ "$led" != none ] && [ "$led" != "$2" ]
}
member() { sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" "$2"; }
interactions() { grep -c '^{"interaction"' "$1"; }

say "three nodes start, with their data in $work"
for node in 1 2 3; do start "$node"; done
for node in 1 2 3; do until_done 30 "the start of node $node" answers "$node"; done
cluster init --url "$(url 1)" >"$work/init.txt" || fail "no cluster could be formed"
head -n 1 "$work/init.txt"
for node in 2 3; do
    cluster join --url "$(url "$node")" --member "$(url 1)" || fail "node $node could not join"
done

sample="../shared/data/omnichannel-1k/events.ndjson.gz"
if [ ! -f "$sample" ]; then
    sample="$work/sample.ndjson"
    "$binary" generate --customers 2000 --out "$sample" 2>/dev/null
fi
group=identity-0
cluster transfer-leader "$group" 1 --url "$(url 2)" || fail "node 1 could not be made to lead $group"
say "loading $(basename "$sample") through node 2; node 1 leads $group"
load() {
    "$binary" import "$sample" --url "$(url 2)" --batch 100 --retries 60 --rejects "$work/rejects.ndjson" --json
}
load >"$work/first.json" 2>"$work/import.log" &
import=$!
pids="$pids $import"
sleep "${KILL_AFTER:-2}"
kill -0 "$import" 2>/dev/null || fail "the load was over before a node was killed (KILL_AFTER=seconds)"
victim="$(cat "$work/node-1.pid")"
kill -9 "$victim"
killed="$(date +%s%N)"
until_done 60 "a new leader of $group" is_led_by_another "$group" 1
say "node 1 (process $victim) was killed; node $(leader "$group" 2) leads $group after $((($(date +%s%N) - killed) / 1000000)) ms"
wait "$import" || [ $? -eq 4 ] || fail "the load failed: $(tail -n 3 "$work/import.log")"
accepted="$(member accepted "$work/first.json")"
duplicate="$(member duplicate "$work/first.json")"
say "the load went on to its end: $accepted accepted, $duplicate duplicate, $(member rejected "$work/first.json") rejected"

"$binary" export --url "$(url 2)" --consistency strong --output "$work/left-2.ndjson" 2>/dev/null
"$binary" export --url "$(url 3)" --consistency strong --output "$work/left-3.ndjson" 2>/dev/null
cmp -s "$work/left-2.ndjson" "$work/left-3.ndjson" || fail "nodes 2 and 3 export different bytes"
held="$(interactions "$work/left-2.ndjson")"
say "nodes 2 and 3 export the same bytes, with $held interactions"
[ "$held" -ge "$accepted" ] || fail "$accepted messages were acknowledged, and $held are there"
load >"$work/second.json" 2>>"$work/import.log" || [ $? -eq 4 ] || fail "the second load failed"
again="$(member accepted "$work/second.json")"
[ "$again" = 0 ] || fail "$again messages that were acknowledged were not there any more"
say "sent again, every message is a duplicate: nothing was lost"

start 1
until_done 60 "the return of node 1" is_ready 1
for node in 1 2 3; do
    "$binary" export --url "$(url "$node")" --consistency strong --output "$work/all-$node.ndjson" 2>/dev/null
done
cmp -s "$work/all-1.ndjson" "$work/all-2.ndjson" && cmp -s "$work/all-2.ndjson" "$work/all-3.ndjson" ||
    fail "the nodes export different bytes after node 1 came back"
cmp -s "$work/all-2.ndjson" "$work/left-2.ndjson" || fail "the second load changed something"
say "node 1 is back, and all three export the same $(wc -c <"$work/all-1.ndjson") bytes"
cluster compare --url "$(url 3)" || fail "the states differ"
cluster status --url "$(url 3)"

for node in 1 2 3; do
    pid="$(cat "$work/node-$node.pid")"
    kill -TERM "$pid"
    wait "$pid" || fail "node $node did not end in order"
done
pids=""
say "all three ended in order; nothing was lost"
