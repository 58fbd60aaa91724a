#!/bin/sh
# `make mutations`: puts known bugs back, one at a time, and says which test
# caught each. A bug that nothing catches fails the run, as does a test that
# fails without it, or a patch that does not apply or compile any more.
#
#   sh tests/mutations.sh [NUMBER...]     all, or those with these numbers
#
# Every file in tests/mutations says what its bug is and which tests have to
# catch it: `what: words`, `test: ARGUMENTS OF cargo test`, the patch.
# The work tree is not touched: it is copied, and built in a directory of its
# own, so that no broken program is ever where a good one is expected.
set -u

cd "$(dirname "$0")/.." || exit 1
root="$(pwd)"
cargo="${CARGO:-cargo}"
good_target="${CARGO_TARGET_DIR:-$HOME/.cache/acquaint/target}"
place="${ACQUAINT_MUTATIONS_DIR:-$HOME/.cache/acquaint/mutations}"
tree="$place/tree"
export CARGO_TARGET_DIR="$place/target"
export CARGO_TERM_COLOR=never
log="$place/log"

mkdir -p "$tree" || exit 1
if [ ! -d "$CARGO_TARGET_DIR" ] && [ -d "$good_target" ]; then
    # The dependencies, RocksDB among them, are not built again.
    cp -a "$good_target" "$CARGO_TARGET_DIR" || exit 1
fi
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z | xargs -0 cp --parents --preserve=timestamps -t "$tree" || exit 1

field() { sed -n "s/^$2: //p" "$1" | head -1; }

# tests FILE: builds and runs what has to catch the bug. 0: passed, 1: failed, 2: not built.
tests() {
    # shellcheck disable=SC2046 # the arguments are words
    set -- $(field "$1" test)
    case "$*" in
    # It runs the program.
    *power_loss*) (cd "$tree" && "$cargo" build --release --locked --bin acquaint) >>"$log" 2>&1 || return 2 ;;
    esac
    (cd "$tree" && "$cargo" test --release --locked --no-run "$@") >>"$log" 2>&1 || return 2
    (cd "$tree" && timeout 900 "$cargo" test --release --locked "$@") >"$place/output" 2>&1
    ended=$?
    cat "$place/output" >>"$log"
    if [ "$ended" -eq 0 ]; then
        grep -q '^test .* \.\.\. ok' "$place/output" || return 2
        return 0
    fi
    return 1
}

chosen() {
    [ "$#" -eq 1 ] && return 0
    number="$(basename "$1" | cut -d- -f1)"
    shift
    for wanted in "$@"; do
        [ "$number" = "$(printf %02d "$wanted")" ] && return 0
    done
    return 1
}

: >"$log"
missed=0
count=0
miss() { echo "   $1"; missed=$((missed + 1)); }

# All tests have to pass as the program is. First, so that it is built for that only once.
for file in "$root"/tests/mutations/*.patch; do
    [ "$#" -gt 0 ] && ! chosen "$file" "$@" && continue
    count=$((count + 1))
    echo "== without a bug: $(field "$file" test)" | tee -a "$log"
    tests "$file"
    case $? in
    0) echo "   passed" ;;
    1) miss "failed: see $log" ;;
    2) miss "cannot be run: see $log" ;;
    esac
done
for file in "$root"/tests/mutations/*.patch; do
    [ "$#" -gt 0 ] && ! chosen "$file" "$@" && continue
    echo "== $(basename "$file" .patch): $(field "$file" what)" | tee -a "$log"
    if ! patch -d "$tree" -p1 -s <"$file" >>"$log" 2>&1; then
        miss "the patch does not fit any more"
    else
        tests "$file"
        case $? in
        0) miss "NOT CAUGHT by $(field "$file" test)" ;;
        1) echo "   caught by $(grep -o '^test .* \.\.\. FAILED' "$place/output" | head -1 | cut -d' ' -f2)" ;;
        2) miss "the patch does not compile any more: see $log" ;;
        esac
    fi
    # Back to the good files, with a new time so that they are built again.
    sed -n 's,^+++ b/,,p' "$file" | while IFS= read -r changed; do
        cp "$root/$changed" "$tree/$changed"
    done
done
if [ "$missed" -eq 0 ]; then
    echo "mutations: all $count were caught, and their tests pass without them"
    exit 0
fi
echo "mutations: $missed complaints about $count bugs"
exit 1
