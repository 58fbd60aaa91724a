#!/bin/sh
# `make test` and `make verify`. Runs every part, goes on after a failed one so
# that one run tells everything, and ends with one line; any failed part makes
# the exit code 1. Parts that cannot mean anything without a build end the run.
#
#   sh tests/run.sh all       tools, format, build, lints, tests (real SDKs too), docs
#   sh tests/run.sh verify    format, lints, docs: writes nothing in the work tree
set -u

cd "$(dirname "$0")/.." || exit 1
mode="${1:-all}"
cargo="${CARGO:-cargo}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/acquaint/target}"
export ACQUAINT_SDK_DIR="${ACQUAINT_SDK_DIR:-$HOME/.cache/acquaint/sdk}"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}"

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
export ACQUAINT_SKIPS_FILE="$scratch/skips"
: >"$ACQUAINT_SKIPS_FILE"
: >"$scratch/summary"
failed=0
begun="$(date +%s)"

# part NAME COMMAND...: runs it, times it, remembers how it ended.
part() {
    name="$1"
    shift
    echo
    echo "== $name"
    start="$(date +%s)"
    if "$@"; then word=ok; else word=FAILED; failed=$((failed + 1)); fi
    echo "$name $word $(($(date +%s) - start))" >>"$scratch/summary"
    [ "$word" = ok ]
}

# nextest does not run the examples in the documentation.
tests() {
    if "$cargo" nextest --version >/dev/null 2>&1; then
        "$cargo" nextest run --release --locked --workspace &&
            "$cargo" test --release --locked --workspace --doc --quiet
    else
        "$cargo" test --release --locked --workspace --no-fail-fast
    fi
}

# An SDK that cannot be installed is not a failure here: its tests then skip
# themselves, and whether they may is decided below.
sdks() {
    sh deploy/install-tools.sh sdk && sh tests/sdk/install.sh || echo "sdks: not all could be installed"
}

# The same for what the tests of clusters under faults want.
faults() {
    sh deploy/install-tools.sh faults || echo "faults: not all could be installed"
}

# The same for the servers that the benchmarks measure beside.
peers() {
    sh deploy/install-tools.sh bench || echo "peers: not all could be installed"
}

# A test that skipped itself left a line `name: reason`. In CI each must stand in
# tests/allowed-skips.txt; elsewhere they are only told.
skips() {
    bad=0
    sort -u "$ACQUAINT_SKIPS_FILE" >"$scratch/skipped"
    while IFS= read -r line; do
        echo "SKIP $line"
        if [ -n "${CI:-}" ] && ! grep -q "^${line%%:*}:" tests/allowed-skips.txt; then
            echo "     not in tests/allowed-skips.txt, so CI may not skip it"
            bad=1
        fi
    done <"$scratch/skipped"
    return $bad
}

finish() {
    echo
    awk '{ printf "  %-9s %-7s %5d s\n", $1, $2, $3 }' "$scratch/summary"
    skipped="$(sort -u "$ACQUAINT_SKIPS_FILE" | wc -l | tr -d ' ')"
    parts="$(wc -l <"$scratch/summary" | tr -d ' ')"
    seconds=$(($(date +%s) - begun))
    if [ "$failed" -eq 0 ]; then
        echo "acquaint: all $parts parts passed, $skipped tests skipped, in $seconds s"
        exit 0
    fi
    echo "acquaint: $failed of $parts parts FAILED, $skipped tests skipped, in $seconds s"
    exit 1
}

part tools sh deploy/install-tools.sh build || finish
part format "$cargo" fmt --all --check
if [ "$mode" = all ]; then
    part build "$cargo" build --release --locked --workspace --bins || finish
fi
part lints "$cargo" clippy --release --locked --workspace --all-targets -- -D warnings
if [ "$mode" = all ]; then
    part sdks sdks
    part faults faults
    part peers peers
    part tests tests
    part skips skips
fi
part docs env RUSTDOCFLAGS="-D warnings" "$cargo" doc --release --locked --workspace --no-deps --quiet
finish
