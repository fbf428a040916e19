# The menu. `just` is optional: every recipe is one command. What counts is scripts/test.

_default:
    @just --list --unsorted

# Install the npm packages, and see that the toolchain is there
setup:
    npm ci --ignore-scripts
    rustc --version

# Run OpenSync on your own sessions, with an archive of its own
dev *arguments:
    cargo run -- serve --data-dir target/dev {{ arguments }}

# Run the Rust tests on both engines
test:
    scripts/test rust

# Run the browser tests
e2e:
    scripts/test browser

# Check rules, formatting, lints and documentation
lint:
    scripts/test rules lint

# Format the Rust code
fmt:
    cargo fmt --all

# Run the tests and accept every changed snapshot; read the diff before you commit it
bless:
    INSTA_UPDATE=always scripts/test rust

# Measure an import of the stores below HOME beside plain baselines
bench home:
    scripts/bench {{ home }}
    scripts/bench-list {{ home }}

# Build the documentation of the code
docs:
    cargo doc --no-deps --workspace --open

# Start a throw-away PostgreSQL and print its URL; `just postgres stop` removes it
postgres action="start":
    scripts/postgres-cluster {{ action }}

# Everything that must pass before a change lands
ci:
    .ci/run
