# Everything a person or a machine does with this repository, by name.
# `make help` lists the targets. One build profile (release) serves them all,
# so that RocksDB is compiled once.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Outside the work tree, so that a fresh clone does not compile RocksDB again.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/acquaint/target
export ACQUAINT_SDK_DIR ?= $(HOME)/.cache/acquaint/sdk

CARGO ?= cargo
BINARY := $(CARGO_TARGET_DIR)/release/acquaint

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: tools
tools: ## Install what the build needs and this machine lacks (Debian by apt; elsewhere it says what)
	@sh deploy/install-tools.sh build

.PHONY: build
build: tools ## Build the `acquaint` binary
	$(CARGO) build --release --locked --bin acquaint
	@echo "built $(BINARY)"

.PHONY: demo
demo: build ## Start a node, load a made-up sample, look one customer up three ways (DEMO_EXIT=1 ends it)
	@exec "$(BINARY)" demo $(DEMO_FLAGS)

.PHONY: serve
serve: build ## Serve on 127.0.0.1:8080 with config/acquaint.toml
	"$(BINARY)" serve --config config/acquaint.toml

.PHONY: cluster
cluster: build ## Three nodes on loopback, the sample loaded while one is killed: shows that nothing is lost
	@ACQUAINT_BIN="$(BINARY)" sh tests/cluster.sh

.PHONY: test
test: ## Everything that CI runs: format, build, lints, tests, real SDKs, docs
	@sh tests/run.sh all

.PHONY: verify
verify: ## Only read: format, lints, docs
	@sh tests/run.sh verify

.PHONY: fix
fix: tools ## Write: format the code, apply what clippy can
	$(CARGO) clippy --release --locked --workspace --all-targets --fix --allow-dirty --allow-staged
	$(CARGO) fmt --all

.PHONY: docs
docs: tools ## Build the documentation of every crate; a warning is an error
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --workspace --no-deps

.PHONY: sdk
sdk: build ## Only the tests with the real tracking SDKs (installs them first)
	@sh deploy/install-tools.sh sdk
	@sh tests/sdk/install.sh
	$(CARGO) test --release --locked -p acquaint-tests --test sdk -- --nocapture --test-threads=1

.PHONY: import-full
import-full: build ## The import orders over the whole omnichannel stream (minutes)
	ACQUAINT_IMPORT_LINES=all $(CARGO) test --release --locked -p acquaint-tests --test import_orders -- --nocapture --test-threads=1

.PHONY: graphs
graphs: tools ## Random graphs through the identity engine (GRAPHS=n in all, GRAPHS_FROM=n for other worlds)
	@sh tests/graphs.sh

.PHONY: worst-days
worst-days: tools ## Kiosks, shared mailboxes, a million browsers, at full size (minutes, and 6 GB of memory)
	ACQUAINT_WORST_DAYS=full $(CARGO) test --release --locked -p acquaint-identity --lib worst_days -- --nocapture --test-threads=1

.PHONY: orders
orders: build ## The whole stream in other orders on 1, 3 and 7 anchors groups, ORDERS=20 random orders of the evidence on each
	ACQUAINT_IMPORT_LINES=all ACQUAINT_ORDERS=$${ORDERS:-20} $(CARGO) test --release --locked -p acquaint-tests --test identity_orders -- --nocapture

.PHONY: kill-long
kill-long: build ## kill -9 a thousand times (KILL_ROUNDS=n, KILL_SEED=n to repeat a run)
	ACQUAINT_KILL_ROUNDS=$${KILL_ROUNDS:-1000} $(CARGO) test --release --locked -p acquaint-tests --test kill_nine -- --nocapture --test-threads=1

.PHONY: power-loss
power-loss: build ## Cut the power CUTS=200 times (Linux, root; ACQUAINT_POWER_SEED=n to make the same choices)
	ACQUAINT_POWER_CUTS=$${CUTS:-200} $(CARGO) test --release --locked -p acquaint-tests --test power_loss -- --nocapture --test-threads=1

.PHONY: mutations
mutations: tools ## Known bugs put back, one at a time: which test catches each (NUMBERS="1 8" for some of them)
	@sh tests/mutations.sh $(NUMBERS)

.PHONY: simulate
simulate: tools ## Clusters under random faults in virtual time (HOURS=n virtual hours, MINUTES=n real ones at most, SEED=n to repeat one)
	$(CARGO) run --release --locked -p acquaint-simulation --bin simulate -- \
		$(if $(SEED),--seed $(SEED),--hours $${HOURS:-1} --minutes $${MINUTES:-600})

.PHONY: faults
faults: build ## Nodes in networks of their own under FAULTS=100 faults (Linux, root; ACQUAINT_FAULTS_SEED=n to draw the same)
	@sh deploy/install-tools.sh faults
	ACQUAINT_FAULTS=$${FAULTS:-100} $(CARGO) test --release --locked -p acquaint-tests --test cluster_faults -- --nocapture --test-threads=1

.PHONY: bench
bench: bench-programs ## The benchmark set beside floors and peers, into docs/benchmarks.md (30 minutes; BEFORE=FILE, BENCH_PROFILES=n, BENCH_ROUNDS=n)
	$(CARGO) run --release --locked -p acquaint-benches --bin bench -- full $(if $(BEFORE),--before "$(BEFORE)")

.PHONY: bench-quick
bench-quick: bench-programs ## Six ratios in a few minutes, appended to benches/history.ndjson (ACQUAINT_BIN=another binary)
	$(CARGO) run --release --locked -p acquaint-benches --bin bench -- quick

.PHONY: bench-programs
bench-programs: tools
	@sh deploy/install-tools.sh bench || echo "bench: some peers are not installed; their ratios will be missing" >&2
	$(CARGO) build --release --locked --bin acquaint
	$(CARGO) build --release --locked -p acquaint-benches --bins

.PHONY: bench-transport
bench-transport: tools ## Only the transport between two nodes, in one process (BENCH_SECONDS=n)
	$(CARGO) run --release --locked -p acquaint-benches --bin bench-transport

.PHONY: bench-cluster
bench-cluster: tools ## Only the benchmarks of three nodes: throughput, idle, fail-over, planned work, catch-up (BENCH_ONLY=one of them)
	$(CARGO) build --release --locked --bin acquaint
	$(CARGO) build --release --locked -p acquaint-benches --bin bench-cluster
	"$(CARGO_TARGET_DIR)/release/bench-cluster"

.PHONY: bench-memory
bench-memory: tools ## Only the benchmarks in memory, with allocations: fold, resolve, apply, encode, render (ONLY="fold render")
	$(CARGO) bench --locked -p acquaint-benches --bench memory -- $(ONLY)

.PHONY: bench-identity
bench-identity: tools ## Only the throughput of identity (BENCH_IDENTIFIERS=1000000, BENCH_STORED=n)
	$(CARGO) build --release --locked --bin acquaint
	$(CARGO) run --release --locked -p acquaint-benches --bin bench-identity
