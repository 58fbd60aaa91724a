#!/bin/sh
# Installs what a build (or the tests with the real SDKs) needs and this machine
# lacks. Idempotent: with everything there it prints one line and touches
# nothing. Only Debian and its kin are installed for; elsewhere, and without the
# right to install, it says what is missing and ends with 1.
#
#   sh deploy/install-tools.sh build    compiler, make, libclang (RocksDB's bindings), curl
#   sh deploy/install-tools.sh sdk      python3 with venv, node 20 or later, npm
#   sh deploy/install-tools.sh faults   ip and nft (networks that are cut), libfaketime (clocks that are wrong)
set -eu

purpose="${1:-build}"
packages=""

want() { packages="$packages $1"; }
have() { command -v "$1" >/dev/null 2>&1; }

# bindgen loads libclang at build time (a shared object, not a program) and reads
# the headers that come with it, which Debian's runtime package lacks.
have_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return 0
    have clang && return 0
    ls /usr/lib/llvm-*/lib/libclang*.so* >/dev/null 2>&1 &&
        ls /usr/lib/llvm-*/lib/clang/*/include/stddef.h >/dev/null 2>&1
}

node_is_recent() {
    have node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

case "$purpose" in
build)
    have cc && have c++ || want build-essential
    have make || want make
    have curl || want curl
    have_libclang || want libclang-dev
    ;;
sdk)
    have python3 && python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || want "python3 python3-venv"
    have npm || want npm
    have node || want nodejs
    ;;
faults)
    have ip || want iproute2
    have nft || want nftables
    ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || want libfaketime
    ;;
*)
    echo "install-tools: unknown purpose '$purpose' (build, sdk, faults)" >&2
    exit 2
    ;;
esac

if [ -n "$packages" ]; then
    if ! have apt-get; then
        echo "install-tools: missing, by their Debian names:$packages" >&2
        echo "install-tools: there is no apt-get here; install them with this system's package manager" >&2
        exit 1
    fi
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! have sudo; then
            echo "install-tools: missing:$packages" >&2
            echo "install-tools: run as root: apt-get install$packages" >&2
            exit 1
        fi
        as_root="sudo"
    fi
    echo "install-tools: installing$packages"
    $as_root apt-get update -qq
    # Word splitting is meant: one argument per package.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

if [ "$purpose" = build ] && ! have cargo; then
    echo "install-tools: no Rust toolchain (cargo) found" >&2
    echo "install-tools: install Rust 1.90 or later from https://rustup.rs, open a new shell and try again" >&2
    exit 1
fi
if [ "$purpose" = sdk ] && ! node_is_recent; then
    echo "install-tools: the node SDK needs node 20 or later; this is $(node --version 2>/dev/null || echo none)" >&2
    exit 1
fi
echo "install-tools: everything for '$purpose' is here"
