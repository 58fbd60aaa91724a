#!/bin/sh
# Installs what a build (or the tests with the real SDKs) needs and this machine
# lacks. Idempotent: with everything there it prints one line and touches
# nothing. Only Debian and its kin are installed for; elsewhere, and without the
# right to install, it says what is missing and ends with 1.
#
#   sh deploy/install-tools.sh build    compiler, make, libclang (RocksDB's bindings), curl
#   sh deploy/install-tools.sh sdk      python3 with venv, node 20 or later, npm
#   sh deploy/install-tools.sh faults   ip and nft (networks that are cut), libfaketime (clocks that are wrong)
#   sh deploy/install-tools.sh bench    PostgreSQL, Redis and etcd, to measure beside; none is left running as a service
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

# Benchmarks start servers themselves, so what is installed for them must not become a service:
# while it is installed nothing may start and no database cluster is made, and what was enabled
# is disabled. Servers that were there before are left alone, because they are not installed.
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/acquaint-bench.conf
policy_is_ours=""

without_services() {
    if ! [ -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
        $as_root chmod 755 "$policy"
        policy_is_ours=yes
    fi
    $as_root mkdir -p "${no_cluster%/*}"
    echo "create_main_cluster = false" | $as_root tee "$no_cluster" >/dev/null
    trap with_services EXIT
}

with_services() {
    trap - EXIT
    [ -z "$policy_is_ours" ] || $as_root rm -f "$policy"
    $as_root rm -f "$no_cluster"
    have systemctl || return 0
    for package in $packages; do
        case "$package" in
        postgresql) service=postgresql ;;
        redis-server) service=redis-server ;;
        etcd-server) service=etcd ;;
        *) continue ;;
        esac
        $as_root systemctl disable "$service" >/dev/null 2>&1 ||
            echo "install-tools: cannot disable the service $service" >&2
    done
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
bench)
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || have postgres || want postgresql
    have redis-server || want redis-server
    have etcd || want etcd-server
    ;;
*)
    echo "install-tools: unknown purpose '$purpose' (build, sdk, faults, bench)" >&2
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
    [ "$purpose" != bench ] || without_services
    # Word splitting is meant: one argument per package.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    [ "$purpose" != bench ] || with_services
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
