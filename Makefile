# The commands of everyday work. CI runs .ci/run, which calls these.

GOLANGCI_LINT = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   = go run golang.org/x/vuln/cmd/govulncheck@v1.9.0
# FUZZTIME is for the targets that read what strangers write, FUZZREST for the others.
FUZZTIME     ?= 30s
FUZZREST     ?= $(FUZZTIME)
FUZZMOST      = FuzzGuard|FuzzClean|FuzzConfig|FuzzDecode|FuzzRules|FuzzReader|FuzzOutline
ROUNDS       ?= 20
SOAK         ?= 1h

.PHONY: build test race faults lint vulncheck fuzz bench microbench soak picture

build: ## the binary, without its symbol table
	go build -trimpath -ldflags '-s -w' -o labtop .

test: ## what the README says
	go test ./...

race: ## everything again with the race detector
	go test -race -timeout 30m ./...

faults: ## brokers and networks that fail, ROUNDS times each where it can be repeated; as root, with a network of its own
	LABTOP_FAULTS_ROUNDS=$(ROUNDS) LABTOP_KILL_ROUNDS=300 go test -count=1 -timeout 60m ./faults
	LABTOP_EVERY_BYTE=1 go test -count=1 -run TestCutInTheLast64KiB ./recording
	LABTOP_FAULTS_ROUNDS=$(ROUNDS) go test -race -count=1 -timeout 60m ./faults ./subscriber/...

lint: ## formatting and linters, and that all compiles for Windows, tests included
	$(GOLANGCI_LINT) run ./...
	GOOS=windows go vet ./...

vulncheck: ## known vulnerabilities in what is called; asks vuln.go.dev
	$(GOVULNCHECK) ./...

fuzz: ## every fuzz target, for FUZZTIME or FUZZREST each
	go list ./... | while read -r package; do \
		go test -list '^Fuzz' "$$package" | grep '^Fuzz' | while read -r target; do \
			case "$$target" in $(FUZZMOST)) time=$(FUZZTIME) ;; *) time=$(FUZZREST) ;; esac; \
			echo "$$package $$target $$time"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzzminimizetime 20x -fuzztime "$$time" "$$package" || exit 1; \
		done || exit 1; \
	done

bench: ## one table: labtop beside its peers on the same streams, memory, pictures, start; on a quiet machine
	@LABTOP_BENCH="$(CURDIR)/bench.md" go test -count=1 -timeout 20m -run '^TestTable$$' ./load
	@cat bench.md

microbench: ## the parts: ingest, decoding, store and frames
	go test -run '^$$' -bench . -benchmem ./...

soak: ## the dashboard for SOAK under load: its memory must not grow; and again with a recording, which must hold all
	LABTOP_SOAK=$(SOAK) go test -count=1 -timeout 0 -run '^(TestSoak|TestRecordedSpan)$$' -v ./load

picture: ## the picture in the README, from the running program
	docs/screenshot.sh
