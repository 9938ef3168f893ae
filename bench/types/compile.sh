#!/bin/sh
# Type-checks the emitted types, and the same types with serde's derives and with none; prints processor seconds.
# The derived ones are the twins of feature `oracle`, without what they derive for schemars and ts-rs. Types of whole messages
# are left out: they have no twins.
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/emitted" "$work/derived/src"
cp -r generated/rust/. "$work/emitted"
sed -i "s|path = \"[^\"]*runtime\"|path = \"$root/runtime\"|" "$work/emitted/Cargo.toml"
printf '\n[workspace]\n' >> "$work/emitted/Cargo.toml"
sed -i '/^pub mod messages;$/d' "$work/emitted/src/lib.rs"

cat > "$work/derived/Cargo.toml" <<'MANIFEST'
[package]
name = "derived"
version = "0.0.0"
edition = "2024"

[dependencies]
indexmap = { version = "2", features = ["serde"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"

[workspace]
MANIFEST
for file in generated/rust/src/oracle/*.rs; do
    name=$(basename "$file" .rs)
    [ "$name" = mod ] && continue
    sed -e 's/, JsonSchema, TS)/)/' -e '/^use \(schemars\|ts_rs\)::/d' -e '/^ *#\[\(schemars\|ts\)(.*)\]$/d' \
        -e 's/wiregate_runtime::Map/indexmap::IndexMap/' -e 's/^use super::\*;/use crate::*;/' \
        "$file" > "$work/derived/src/$name.rs"
    echo "pub mod $name;" >> "$work/derived/src/lib.rs"
    [ "$name" = support ] || echo "pub use $name::*;" >> "$work/derived/src/lib.rs"
done
cp -r "$work/derived" "$work/neither"
for file in "$work"/neither/src/*.rs; do
    sed -i -e 's/, Serialize, Deserialize)/)/' -e '/^ *#\[serde(.*)\]$/d' "$file"
done

export CARGO_TARGET_DIR="$work/target" CARGO_INCREMENTAL=0 RUSTFLAGS="-Awarnings"
for kind in emitted derived neither; do
    cd "$work/$kind"
    cargo check --quiet
    best=
    for _ in 1 2 3; do
        touch src/lib.rs
        seconds=$( { time -p cargo check --quiet; } 2>&1 | sed -n 's/^user //p')
        best=$(printf '%s\n%s\n' "${best:-$seconds}" "$seconds" | sort -n | head -1)
    done
    echo "$kind $best"
done | awk '{ print $1 ": " $2 " s"; seconds[$1] = $2 } END { printf "emitted over derived: %.2f\n", seconds["emitted"] / seconds["derived"] }'
