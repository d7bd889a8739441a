# `make ci` is what every change must pass; .ci/run calls it. It needs Go, gcc for
# the race detector, and Python for the targets that use the conformance data.

GOLANGCI_LINT = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.5.0
FUZZTIME ?= 5000x
# A relative path starts here, as in the tests.
CONFORMANCE ?= $(or $(FALCORULES_CONFORMANCE),../shared/conformance)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

.PHONY: ci
ci: test fmt vet cross tidy lint race fuzz conformance ## everything that a change must pass

.PHONY: build
build: ## build the command
	go build -o falcorules ./cmd/falcorules

.PHONY: test
test: ## run all tests, with every random and recorded sample
	FALCORULES_ALL_SAMPLES=1 go test ./...

.PHONY: fmt
fmt: ## fail if a file is not formatted
	@files=$$(gofmt -l .); [ -z "$$files" ] || { printf 'not formatted:\n%s\n' "$$files"; exit 1; }

.PHONY: vet
vet: ## run go vet
	go vet ./...

.PHONY: cross
cross: ## compile for other processors and systems
	GOARCH=386 go vet ./...
	GOOS=windows go build ./...
	GOOS=darwin go build ./...
	GOOS=js GOARCH=wasm go build ./...

.PHONY: tidy
tidy: ## fail if go.mod or go.sum would change
	go mod tidy -diff

.PHONY: lint
lint: ## run go fix and golangci-lint; the first run builds that, which takes minutes
	@go fix -diff -stringsbuilder=false ./...
	$(GOLANGCI_LINT) run --allow-parallel-runners ./...

.PHONY: race
race: ## run the short tests with the race detector
	GORACE=atexit_sleep_ms=0 go test -race -short ./...

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME, by default 5000 inputs
	FUZZTIME=$(FUZZTIME) .ci/fuzz

.PHONY: conformance
conformance: ## compare the command with all of Falco's recorded answers
	.ci/conformance $(CONFORMANCE)

.PHONY: bench
bench: ## test the module of benchmarks, whose engines take minutes to build
	cd bench && go mod tidy -diff && go vet ./... && go test ./...

.PHONY: golden
golden: ## rewrite the golden files and scripts; read what changed
	go test $$(grep -rl --include='*_test.go' internal/golden . | xargs -n 1 dirname | grep -v internal/golden | sort -u) -update
