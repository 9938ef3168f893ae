// The TypeScript that ts-rs derives for the Rust twins is ours.
//
// Types are compared as identical, definition by definition: what a definition refers to is ours on both sides.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { check, compilers } from "../compiler.js";
import { typeName } from "../expression.js";
import { left } from "../left.js";
import { model, profiles } from "../tree.js";

test("derived types are identical to the emitted ones", async (t) => {
  const derived = Object.entries(JSON.parse(left("twins.json"))).filter(([path]) => model.definitions[path].visibility !== "onlyRust");
  assert.equal(derived.length, Object.values(model.definitions).filter(isShown).length);
  const lines = derived.map(
    ([path, declaration]) => `{ type Twin = ${normal(path, declaration)}; same<Equal<Flat<Twin>, Flat<${typeName(path)}>>>(); }`,
  );
  const scratch = mkdtempSync(join(tmpdir(), "twins-"));
  const file = join(scratch, "twins.mts");
  writeFileSync(file, [...head, ...lines, ""].join("\n"));
  const paths = { protocol: [join(profiles("typescript")[0].folder, "index.ts")] };
  const complaints = await check(compilers[0], scratch, [file], { paths });
  rmSync(scratch, { recursive: true });
  assert.deepEqual(
    complaints.map(({ line, message }) => `${lines[line - head.length - 1] ?? "before all"}: ${message}`),
    [],
  );
  t.diagnostic(`${derived.length} definitions`);
});

const isShown = ({ visibility }) => visibility !== "onlyRust";

/** Constants have types of their own in Rust, which ts-rs names: `${struct}${Field}Constant`. */
function constants() {
  const found = new Map();
  const of = (rust, { fields }) => {
    for (const { rust: field, type } of fields ?? []) {
      if (type.constant !== undefined) {
        const pascal = field.split("_").map((word) => word[0].toUpperCase() + word.slice(1));
        found.set(`${rust}${pascal.join("")}Constant`, type.constant);
      }
    }
  };
  for (const { rust, shape } of Object.values(model.definitions)) {
    if (shape.kind === "struct") {
      of(rust, shape);
    } else if (shape.kind === "error") {
      of(rust, shape.data);
    } else if (shape.kind === "alias" && shape.type.constant !== undefined) {
      found.set(`${rust}ValueConstant`, shape.type.constant);
    }
    for (const { content } of shape.kind === "union" ? shape.members : []) {
      if (content.kind === "fields") {
        of(content.rust, content.body);
      }
    }
  }
  return [...found].map(([name, value]) => `type ${name} = ${JSON.stringify(value)};`);
}

const head = [
  'import type * as protocol from "protocol";',
  'import type { JsonValue } from "protocol";',
  "type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
  // Intersections become one object.
  "type Flat<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]: T[K] } : T;",
  "declare function same<T extends true>(): T;",
  "type I64 = number;",
  "type U64 = number;",
  "type Path = string;",
  "type Base64 = string;",
  "type Uuid = string;",
  ...Object.entries(model.definitions)
    .filter(([, definition]) => isShown(definition))
    .map(([path, { rust }]) => `type ${rust} = ${typeName(path)};`),
  ...constants(),
];

/** ts-rs spells some things in another way, and derives know nothing of what is open. */
function normal(path, declaration) {
  const type = declaration
    .replace(/^type \w+ = /, "")
    .replace(/;\s*$/, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll("[key in string]", "[key: string]")
    .replaceAll("number | string | boolean | Array<JsonValue> | { [key: string]: JsonValue } | null", "JsonValue")
    .replaceAll("Record<symbol, never>", "Record<string, never>");
  const { shape } = model.definitions[path];
  if (!shape.open) {
    return type;
  }
  return shape.kind === "enum" ? `${type} | (string & {})` : `${type} | ${typeName(path).replace(/[^.]*$/, "Unknown$&")}`;
}
