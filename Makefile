# SPDX-License-Identifier: Apache-2.0

GO            ?= go
BIN           := $(CURDIR)/.bin
LINT_VERSION  := v2.15.0
LINT          := $(BIN)/golangci-lint-$(LINT_VERSION)
WITH_POSTGRES := $(GO) run ./test/withpostgres --

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the spanledger command into .bin.
	$(GO) build -trimpath -o $(BIN)/spanledger ./cmd/spanledger

.PHONY: demo
demo: build ## Run the demo: a stock analysis, its spans, its summary.
	$(BIN)/spanledger demo --once

.PHONY: fmt
fmt: $(LINT) ## Format the code.
	$(LINT) fmt ./...

.PHONY: lint
lint: $(LINT) ## Lint the code, import rules included.
	$(LINT) run --allow-parallel-runners ./...

.PHONY: test
test: postgres ## Run all tests, on a Postgres of their own.
	$(WITH_POSTGRES) $(GO) test -race -shuffle=on ./...

.PHONY: bench
bench: postgres ## Run the benchmarks.
	$(WITH_POSTGRES) $(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-clients
bench-clients: ## Compare instrumented clients of Google's SDK, side by side.
	$(GO) run ./test/bench/compare

.PHONY: bench-peers
bench-peers: ## The same with peers in it, which are a module of their own.
	cd test/bench/peers && $(GO) run .

.PHONY: bench-peers-exporter
bench-peers-exporter: ## Compare decode and fold with the Collector's connectors.
	cd test/bench/peers && $(GO) run ./spans

.PHONY: bench-ingest
bench-ingest: postgres ## Measure the way from OTLP to a readable ledger, beside COPY.
	$(GO) run ./test/bench/ingest

.PHONY: bench-large
bench-large: postgres ## Measure a ledger of ten million calls; takes half an hour and 10 GB of disk.
	$(GO) run ./test/bench/large

.PHONY: bench-large-sqlite
bench-large-sqlite: ## Measure a ledger of a million calls in SQLite.
	$(GO) run ./test/bench/large -sqlite -calls 1000000 -busy 100000

.PHONY: vet-peers
vet-peers: ## Check that the module of the peers builds and is tidy.
	cd test/bench/peers && $(GO) mod tidy -diff && $(GO) vet ./...

.PHONY: e2e
e2e: postgres ## Run the long end-to-end tests.
	$(WITH_POSTGRES) $(GO) test -race -count=1 -timeout 30m ./test/e2e/... -long

.PHONY: frameworks
frameworks: ## Vet and test the examples of frameworks, a module of their own.
	cd examples/frameworks && $(GO) vet ./... && $(GO) test ./...

.PHONY: rules
rules: ## Check the alert rules with promtool.
	promtool=$$(test/promtool/install.sh $(BIN)) && \
		$$promtool check rules dashboards/prometheus/*.rules.yaml && \
		$$promtool test rules dashboards/prometheus/*.test.yaml

.PHONY: verify
verify: ## Check that go.mod and go.sum are tidy.
	$(GO) mod tidy -diff
	cd examples/frameworks && $(GO) mod tidy -diff
	$(GO) mod verify

.PHONY: check
check: verify build lint rules vet-peers postgres test frameworks bench-once ## All that must pass before a change lands.

.PHONY: postgres
postgres: ## Install the Postgres server programs, where they are missing.
	@test/withpostgres/install.sh

.PHONY: bench-once
bench-once: postgres ## Run every benchmark once, so that they keep working.
	$(WITH_POSTGRES) $(GO) test -run '^$$' -bench . -benchtime 1x ./...

$(LINT):
	GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(BIN)/golangci-lint $@
