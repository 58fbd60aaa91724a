#!/bin/sh
# `make graphs`: deals random scripts out to the properties of the identity engine,
# on all processors. A script that fails is printed, as small as it gets, with the
# line that repeats it; the properties after it run all the same.
#
#   GRAPHS=n             scripts in all, 100,000 by default
#   GRAPHS_FROM=n        the first seed; another one explores other worlds
set -u

cd "$(dirname "$0")/.." || exit 1
graphs="${GRAPHS:-100000}"
cargo="${CARGO:-cargo}"
run="$cargo test --release --locked --package acquaint-identity --lib"

tests="$($run -- --list)" || exit 1
properties="$(echo "$tests" | sed -n 's/^\(tests::graphs::.*\): test$/\1/p' | grep -v '::found::')"
count="$(echo "$properties" | wc -l)"
export ACQUAINT_GRAPHS="$(((graphs + count - 1) / count))"
export ACQUAINT_GRAPHS_FROM="${GRAPHS_FROM:-0}"

failed=0
for property in $properties; do
    $run "$property" -- --exact --nocapture || failed=$((failed + 1))
done
echo "graphs: $ACQUAINT_GRAPHS for each of $count properties, from seed $ACQUAINT_GRAPHS_FROM; $failed failed"
[ "$failed" -eq 0 ]
