#!/bin/sh
# Compiles the emitted crate, and crates with the same types with serde's derives and with none; prints processor seconds, of
# type checks and of builds to machine code without optimisation, of the types alone and with dispatch.
#
# The derived types are the twins of feature `oracle`, without what they derive for schemars and ts-rs. Types of whole messages
# are left out where there is no dispatch: they have no twins. With dispatch all three have the same emitted traits, calls,
# router and messages: over derived types each params, result and error is read and written by serde_json, which is what
# dispatch over them would do; over plain types by nothing.
set -eu
rounds=${1:-3}
cd "$(dirname "$0")/../.."
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# emitted: the crate as it is, and without the types of messages
cp -r generated/rust "$work/emitted-dispatch"
sed -i "s|path = \"[^\"]*runtime\"|path = \"$root/runtime\"|" "$work/emitted-dispatch/Cargo.toml"
sed -i 's|^default = \[\]|default = ["dispatch"]|' "$work/emitted-dispatch/Cargo.toml"
printf '\n[workspace]\n' >> "$work/emitted-dispatch/Cargo.toml"
cp -r "$work/emitted-dispatch" "$work/emitted"
sed -i 's|^default = \["dispatch"\]|default = []|' "$work/emitted/Cargo.toml"
sed -i '/^pub mod messages;$/d' "$work/emitted/src/lib.rs"

# derived
mkdir -p "$work/derived/src"
cat > "$work/derived/Cargo.toml" <<'MANIFEST'
[package]
name = "app-server-protocol"
version = "0.1.0"
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

# neither
cp -r "$work/derived" "$work/neither"
for file in "$work"/neither/src/*.rs; do
    sed -i -e 's/, Serialize, Deserialize)/)/' -e '/^ *#\[serde(.*)\]$/d' \
        -e 's/serde_json::from_str(.*)\.unwrap()$/unimplemented!()/' "$file"
done

# dispatch over both
for kind in derived neither; do
    out="$work/$kind-dispatch"
    cp -r "$work/$kind" "$out"
    sed -i "s|^\[workspace\]|wiregate-runtime = { path = \"$root/runtime\", features = [\"tokio\"] }\n\n[workspace]|" "$out/Cargo.toml"
    for name in errors messages methods peers router services; do
        sed -e 's/crate::v2::/crate::/g' "generated/rust/src/$name.rs" > "$out/src/$name.rs"
        echo "pub mod $name;" >> "$out/src/lib.rs"
    done
    # The codes of errors.
    grep -rhA3 '^impl [A-Za-z0-9]* {$' generated/rust/src --include=*.rs | grep -B2 'const CODE: i64' | grep -v '^--\|///' \
        | sed 's/;$/; }/' > "$out/src/codes.rs"
    sed -i '1i use crate::*;' "$out/src/codes.rs"
    # What is named, and what keys of requests are made of.
    types=$({ cat "$out"/src/errors.rs "$out"/src/messages.rs "$out"/src/methods.rs \
        | grep -o 'crate::[A-Z][A-Za-z0-9]*'; printf 'crate::%s\n' AbsolutePathBuf ThreadId; } | sort -u)
    if [ "$kind" = derived ]; then
        read='*self = serde_json::from_str(r.raw().unwrap_or_default()).unwrap();'
        write='w.string(&serde_json::to_string(self).unwrap_or_default());'
    else
        read='unimplemented!()'
        write='unimplemented!()'
    fi
    { echo 'use wiregate_runtime::json;'
      for type in $types; do
        echo "impl json::Decode for $type {"
        echo "    fn blank() -> Self { unimplemented!() }"
        echo "    fn decode(&mut self, r: &mut json::Reader<'_>) { $read }"
        echo "}"
        echo "impl json::Encode for $type { fn encode(&self, w: &mut json::Writer) { $write } }"
        # Their walks for what stands behind a gate are left out, to their advantage.
        echo "impl wiregate_runtime::gates::Gated for $type { fn uses(&self, _: &mut wiregate_runtime::gates::Uses<'_>) {} }"
      done; } > "$out/src/bridge.rs"
    printf 'mod bridge;\nmod codes;\n' >> "$out/src/lib.rs"
done

export CARGO_TARGET_DIR="$work/target" CARGO_INCREMENTAL=0 RUSTFLAGS="-Awarnings"
kinds="emitted derived neither emitted-dispatch derived-dispatch neither-dispatch"
run() { # command kind
    cd "$work/$2"
    touch src/lib.rs
    { time -p cargo "$1" --quiet; } 2>&1 | sed -n 's/^user //p'
}
for kind in $kinds; do
    for command in check build; do
        cd "$work/$kind" && cargo "$command" --quiet
    done
done
for round in $(seq "$rounds"); do
    for kind in $kinds; do
        for command in check build; do
            echo "$command $kind $(run "$command" "$kind")"
        done
    done
done | awk '
    { key = $1 " " $2; if (!(key in best) || $3 < best[key]) best[key] = $3 }
    END {
        split("check build", commands); split("-dispatch", suffixes); suffixes[0] = ""
        for (c = 1; c <= 2; c++) for (s = 0; s <= 1; s++) {
            o = best[commands[c] " emitted" suffixes[s]]; d = best[commands[c] " derived" suffixes[s]]; n = best[commands[c] " neither" suffixes[s]]
            printf "%-5s %-9s  emitted %.2f s  derived %.2f s  neither %.2f s   of all %.2f  of the implementations %.2f\n",
                commands[c], s ? "dispatch" : "types", o, d, n, o / d, (o - n) / (d - n)
        }
    }'
