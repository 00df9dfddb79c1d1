# All commands of this repository. `just` lists them.

set shell := ["sh", "-euc"]
set positional-arguments

_default:
    @just --list --unsorted

# Runs the whole service on this machine: Postgres, API, worker and a demo key
up *args:
    @cargo build --workspace --bins
    @exec target/debug/tintype up "$@"

# Opens the console of the running service, or runs any other command: just tintype account list
tintype *args:
    @cargo build --quiet --workspace --bins
    @exec target/debug/tintype "$@"

# Renders a demo page, and a URL if given, with the running service: just demo https://example.com
demo *url:
    @tools/demo "$@"

# Runs the tests, on a Postgres server of their own; arguments go to nextest: just test queue::
test *args:
    cargo build --workspace --bins
    @tools/sdk --optional python typescript
    NEXTEST_TEST_THREADS=${NEXTEST_TEST_THREADS:-$((2 * $(nproc)))} tools/with-postgres cargo nextest run --workspace "$@"

# Removes one guard at a time and requires tests to fail: just mutants queue, egress or lane
mutants *part:
    PROPTEST_DISABLE_FAILURE_PERSISTENCE=1 tools/with-postgres tools/mutants "$@"

# Tests the queue against its model, for this many minutes: just soak 60
soak minutes="60":
    cargo build --workspace --bins
    tools/with-postgres tools/soak "$1"

# Renders this many pages, some of them hostile, and checks that nothing leaks: just soak-renders 2000
soak-renders renders="2000":
    cargo build --workspace --bins
    TINTYPE_SOAK_RENDERS="$1" tools/with-postgres cargo nextest run --workspace -E 'test(/^browser::soak::/)'

# Breaks the parts of a service under load, for this many minutes, and audits it: just chaos 5 --seed 7
chaos *args:
    tools/chaos "$@"

# Rehearses the upgrade from an earlier commit, in every order, with a restore: just rehearse-upgrade 86197fe
rehearse-upgrade *commit:
    cargo build --workspace --bins
    tools/with-postgres tools/rehearse-upgrade "$@"

# Measures Tintype and its peers, in one run: just bench queue, just bench render, just bench fidelity
bench what *args:
    bench/run "$@"

# Everything that CI checks besides the tests
check: format-check lint arrows circles words doc-paths sizes deny prepare-check schema-check openapi-check openapi-lint config-docs-check

# Generates clients into target/sdk: just sdk python typescript rust go
sdk +languages:
    @tools/sdk "$@"

# Generates the clients of all languages, and compiles them
sdk-check:
    @tools/sdk --check python typescript rust go

# Calls the API with requests made from its document, for this many minutes: just fuzz-api 30
fuzz-api minutes="10":
    cargo build --workspace --bins
    tools/fuzz-api "$1"

# Formats the code
format:
    cargo fmt --all

format-check:
    cargo fmt --all --check

# Runs clippy; a warning is an error
lint:
    cargo clippy --workspace --all-targets --quiet -- --deny warnings

# Checks which crate, and which part of one, may depend on which
arrows:
    tools/arrows

# Checks that the files of a crate do not depend on each other in a circle
circles:
    tools/circles --self-test
    tools/circles

# Checks for the words that docs/glossary.md bans: just words api docs
words *paths:
    @tools/words "$@"

# Checks that the files named in the documentation exist
doc-paths:
    tools/doc-paths

# Checks that no file is longer than 300 lines; prints medians: just sizes --median
sizes *args:
    @tools/sizes "$@"

# Checks licences, duplicates, sources and advisories of dependencies
deny:
    @tools/deny

# Checks all SQL statements against a real Postgres, and writes .sqlx
prepare:
    tools/with-postgres tools/prepare

prepare-check:
    tools/with-postgres tools/prepare --check

# Writes docs/schema.sql from the migrations
schema:
    tools/with-postgres tools/schema

schema-check:
    tools/with-postgres tools/schema --check

# Writes openapi/tintype.json, the document that the API serves
openapi:
    cargo build --quiet --workspace --bins
    target/debug/tintype-api --print-openapi > openapi/tintype.json

openapi-check:
    cargo build --quiet --workspace --bins
    target/debug/tintype-api --print-openapi | diff - openapi/tintype.json || { echo 'run `just openapi` and commit it' >&2; exit 1; }

# Lints openapi/tintype.json with Spectral and Redocly
openapi-lint:
    @tools/openapi-lint

# Checks the Helm chart and compose.yml against the schemas of Kubernetes and Compose
deploy-lint:
    @tools/deploy-lint

# Builds the image's file system without a container engine, and runs the worker in it under runc; needs root
check-deploy *args:
    cargo build --workspace --bins
    @tools/check-deploy "$@"

# Boots a Debian with the package of `just dist`, and renders a page with its units; needs root
check-units:
    @tools/check-units

# Builds the release into target/dist: a tarball, its checksum, and a Debian package if cargo-deb is installed
dist *args:
    @tools/dist "$@"

# Writes the configuration tables of docs/operations.md from `--help`
config-docs:
    cargo build --quiet --workspace --bins
    tools/config-table

config-docs-check:
    cargo build --quiet --workspace --bins
    tools/config-table --check

# Writes the tables of keys in docs/console.md; a test compares them
console-docs:
    TINTYPE_UPDATE_DOCS=1 cargo nextest run -p tintype-tui -E 'test(=console::docs::the_documentation_lists_every_key)'

# Takes the README's screenshots again, from a service of its own
pictures:
    cargo build --quiet --workspace --bins
    tools/take-pictures
