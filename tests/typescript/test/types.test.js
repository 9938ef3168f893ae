// What Rust writes is in the TypeScript type, and the types are pleasant to use under the strictest flags.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { check, compilers } from "../compiler.js";
import { expression, prelude, typeName } from "../expression.js";
import { definitions, files, fixtures, profiles } from "../tree.js";

const here = join(import.meta.dirname, "..");

/** Definitions that only Rust shows have no type. */
const hasType = ({ name }) => definitions.get(name).visibility !== "onlyRust";

for (const { name: profile, folder } of profiles("typescript")) {
  describe(`TypeScript, ${profile}`, { concurrency: true }, () => {
    let scratch;
    before(() => {
      scratch = mkdtempSync(join(tmpdir(), "agreement-"));
    });
    after(() => rmSync(scratch, { recursive: true }));

    const paths = { protocol: [join(folder, "index.ts")] };
    const modules = files(folder, ".ts");

    for (const compiler of compilers) {
      test(`modules, and messages that Rust writes, pass TypeScript ${compiler.version}`, async (t) => {
        assert.ok(modules.length > 3, "index, methods and JsonValue alone are no protocol");
        const messages = [...fixtures("valid"), ...fixtures("lenient")].filter(hasType);
        const head = ["import type * as protocol from \"protocol\";", prelude];
        const lines = messages.map(({ name, written }, at) => {
          const { path } = definitions.get(name);
          return `export const message${at}: ${typeName(path)} = ${expression(written, path)};`;
        });
        const file = join(scratch, `messages-${compiler.version}.mts`);
        writeFileSync(file, [...head, ...lines, ""].join("\n"));
        const complaints = await check(compiler, scratch, [file, ...modules], { paths });
        for (const complaint of complaints.filter((complaint) => complaint.file.endsWith(basename(file)))) {
          complaint.file = messages[complaint.line - head.length - 1]?.path ?? complaint.file;
        }
        report(complaints);
        t.diagnostic(`${modules.length} modules, ${messages.length} messages`);
      });
    }

    test("modules bear readers who set fewer flags, and tools that only erase types", async () => {
      const few = { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false, noUnusedLocals: true };
      report(await check(compilers[0], scratch, modules, { ...few, erasableSyntaxOnly: true }));
    });

    test("types lead those who write by hand, and say where they go wrong", async () => {
      report(await check(compilers[0], scratch, [join(here, "by-hand.ts")], { paths }));
    });
  });
}

function report(complaints) {
  assert.deepEqual(
    complaints.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    [],
  );
}
