# Every habit has a name. `just` alone lists them.

set shell := ["sh", "-euc"]
set positional-arguments

_default:
    @just --list --unsorted

# Runs the whole service on this machine: Postgres, API, worker, a demo key
up *args:
    @cargo build --workspace --bins
    @exec target/debug/tintype up "$@"

# Opens the console on the running service; or any `just tintype COMMAND`
tintype *args:
    @cargo build --quiet --workspace --bins
    @exec target/debug/tintype "$@"

# Renders the page that ships with Tintype, and a URL if given, with the running service
demo *url:
    @tools/demo "$@"

# Runs the tests, on a Postgres of their own; arguments go to nextest
test *args:
    cargo build --workspace --bins
    tools/with-postgres cargo nextest run --workspace "$@"

# Takes guards away one at a time, those of jobs and money and those of the wall: tests must fail; or just mutants wall
mutants *part:
    PROPTEST_DISABLE_FAILURE_PERSISTENCE=1 tools/with-postgres tools/mutants "$@"

# The queue against its model, for as many minutes as are given: just soak 60
soak minutes="60":
    cargo build --workspace --bins
    tools/with-postgres tools/soak "$1"

# Renders as many pages as are given, hostile ones among them, and sees what piles up: just soak-renders 2000
soak-renders renders="2000":
    cargo build --workspace --bins
    TINTYPE_SOAK_RENDERS="$1" tools/with-postgres cargo nextest run --workspace -E 'binary(darkroom) and test(/^soak::/)'

# Measures side by side against peers, in one run: just bench queue, just bench render
bench what *args:
    bench/run "$@"

# The rest of the bar: format, lints, arrows between crates, sizes, statements, document
check: format-check lint arrows sizes prepare-check openapi-check

# Formats
format:
    cargo fmt --all

format-check:
    cargo fmt --all --check

# Lints, every warning an error
lint:
    cargo clippy --workspace --all-targets --quiet -- --deny warnings

# Which crate may know which
arrows:
    tools/arrows

# No file over 300 lines, tests aside
sizes:
    tools/sizes

# Checks every SQL statement against a real Postgres, and keeps what builds check by
prepare:
    tools/with-postgres tools/prepare

prepare-check:
    tools/with-postgres tools/prepare --check

# Writes the OpenAPI document that the API serves
openapi:
    cargo build --quiet --workspace --bins
    target/debug/tintype-api --print-openapi > openapi/tintype.json

openapi-check:
    cargo build --quiet --workspace --bins
    target/debug/tintype-api --print-openapi | diff - openapi/tintype.json || { echo 'run `just openapi` and commit it' >&2; exit 1; }

# Takes the README's pictures anew, from a service of its own
pictures:
    cargo build --quiet --workspace --bins
    tools/take-pictures
