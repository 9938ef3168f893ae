// What the compiler's own cases show holds here too: `codegen/tests/emit/<case>/<target>.snap` are taken apart again.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { check, compilers } from "../compiler.js";
import { pointers, walk } from "../schemas.js";
import { json, root } from "../tree.js";
import { strict } from "../validator.js";

const folder = join(root, "codegen/tests/emit");
const cases = readdirSync(folder).sort();

/** The files of a snapshot, by path: each begins with a line `==> path`. */
function files(name, target) {
  const [, ...parts] = readFileSync(join(folder, name, `${target}.snap`), "utf8").split(/^==> (.*)\n/m);
  const found = new Map();
  for (let at = 0; at < parts.length; at += 2) {
    found.set(parts[at], parts[at + 1]);
  }
  assert.ok(found.size > 0, `${name}/${target}.snap holds no file`);
  return found;
}

describe("cases of the compiler", () => {
  let scratch;
  before(() => {
    scratch = mkdtempSync(join(tmpdir(), "cases-"));
  });
  after(() => rmSync(scratch, { recursive: true }));

  test("their modules pass TypeScript", async (t) => {
    // Cases leave out what is the same in all of them; one shows it.
    const shared = [...files("methods", "typescript")].filter(([path]) => /\/(JsonValue\.ts|package\.json)$/.test(path));
    assert.equal(shared.length, 2);
    const modules = [];
    for (const name of cases) {
      const own = [...files(name, "typescript")];
      const profiles = new Set(own.map(([path]) => path.split("/", 2).join("/")));
      const around = [...profiles].flatMap((profile) =>
        shared.map(([path, text]) => [path.replace(/^[^/]+\/[^/]+/, profile), text]),
      );
      for (const [path, text] of [...around, ...own]) {
        const place = join(scratch, name, path);
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, text);
        if (path.endsWith(".ts")) {
          modules.push(place);
        }
      }
    }
    const complaints = await check(compilers[0], scratch, [...new Set(modules)]);
    assert.deepEqual(
      complaints.map(({ file, line, message }) => `${file}:${line}: ${message}`),
      [],
    );
    t.diagnostic(`${cases.length} cases, ${new Set(modules).size} modules`);
  });

  test("ajv's strict mode takes their schemas", (t) => {
    let count = 0;
    for (const name of cases) {
      for (const [path, text] of files(name, "json")) {
        const document = JSON.parse(text);
        const ajv = strict();
        // Which formats there are is seen in `generated/`; here it matters where they stand.
        walk(document, ({ format, type }) => {
          if (typeof format === "string") {
            ajv.addFormat(format, { type: [type].flat().includes("string") ? "string" : "number", validate: () => true });
          }
        });
        ajv.addVocabulary(annotations(document));
        ajv.addSchema(document, path);
        for (const pointer of pointers(document)) {
          assert.doesNotThrow(() => ajv.compile({ $ref: `${path}#${pointer}` }), `${name}: ${pointer}`);
          count += 1;
        }
      }
    }
    t.diagnostic(`${count} definitions`);
  });

  test("their models are what the schema of models says", (t) => {
    const validate = strict().compile(json(join(root, "codegen/src/emit/model/protocol.schema.json")));
    for (const name of cases) {
      for (const [path, text] of files(name, "model")) {
        assert.ok(validate(JSON.parse(text)), `${name}: ${path}: ${JSON.stringify(validate.errors)}`);
      }
    }
    t.diagnostic(`${cases.length} models`);
  });
});

/** Keywords that begin with `x-` only annotate. */
function annotations(document) {
  const found = new Set();
  walk(document, (node) => Object.keys(node).forEach((key) => key.startsWith("x-") && found.add(key)));
  return [...found];
}
