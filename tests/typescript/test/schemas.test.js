// The emitted JSON Schemas are sound: strict validators take them, references resolve, and nothing is in a bundle
// without a reason.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { at, load, pointers, references, unreachable, walk } from "../schemas.js";
import { profiles, protocols, shownInSchema } from "../tree.js";
import { strict } from "../validator.js";

const all = protocols.flatMap((protocol) => profiles("json", protocol).map((profile) => ({ ...protocol, ...profile })));

for (const { profile, folder, model } of all) {
  const { register } = await import(join(folder, "formats.js"));
  const { documents, flat, namespaced, methods } = load(folder);

  describe(profile, () => {
    test("the meta-schema and ajv's strict mode take every document", (t) => {
      for (const [name, document] of documents) {
        const ajv = register(strict());
        assert.ok(ajv.validateSchema(document), `${name}: ${ajv.errorsText()}`);
        assert.doesNotThrow(() => ajv.compile(document), name);
      }
      t.diagnostic(`${documents.size} documents`);
    });

    test("every definition of both bundles compiles on its own", (t) => {
      let count = 0;
      for (const name of [flat, namespaced]) {
        const ajv = register(strict());
        ajv.addSchema(documents.get(name), name);
        for (const pointer of pointers(documents.get(name))) {
          assert.doesNotThrow(() => ajv.compile({ $ref: `${name}#${pointer}` }), `${name}#${pointer}`);
          count += 1;
        }
      }
      t.diagnostic(`${count} definitions`);
    });

    test("every reference resolves", (t) => {
      let count = 0;
      for (const [name, document] of [...documents, ["methods.json", methods]]) {
        for (const { from, to } of references(document)) {
          const [file, pointer] = to.split("#");
          const target = file === "" ? document : documents.get(file);
          assert.ok(target !== undefined && at(target, pointer) !== undefined, `${name}#${from}: ${to}`);
          count += 1;
        }
      }
      assert.ok(count > 0);
      t.diagnostic(`${count} references`);
    });

    test("nothing in a bundle is out of reach of methods and envelope", (t) => {
      const flatRoots = new Set(references(methods).map(({ to }) => to.split("#")[1]));
      const messages = ["ClientRequest", "ServerRequest", "ClientNotification", "ServerNotification"];
      const envelope = model.envelope.message === undefined ? [] : [model.envelope.message.split("/").at(-1)];
      for (const name of [...messages, ...envelope]) {
        if (name in documents.get(flat).definitions) {
          flatRoots.add(`/definitions/${name}`);
        }
      }
      assert.deepEqual(unreachable(documents.get(flat), flatRoots), []);

      const names = new Set([...flatRoots].map((pointer) => pointer.split("/").at(-1)));
      const roots = [...pointers(documents.get(namespaced))].filter((pointer) => names.has(pointer.split("/").at(-1)));
      assert.deepEqual(unreachable(documents.get(namespaced), roots), []);
      t.diagnostic(`${flatRoots.size} roots`);
    });

    test("bundles hold every definition that the JSON Schema shows", () => {
      const held = new Set(Object.keys(documents.get(flat).definitions));
      assert.deepEqual(
        [...shownInSchema(model)].filter((name) => !held.has(name)),
        [],
      );
    });

    test("both bundles hold the same definitions", () => {
      const names = (name) => [...pointers(documents.get(name))].map((pointer) => pointer.split("/").at(-1)).sort();
      assert.deepEqual(names(flat), names(namespaced));
    });

    test("no two titles of the flat bundle are equal, and all are names", (t) => {
      const titles = new Map();
      walk(documents.get(flat).definitions, (node, pointer) => {
        if (typeof node.title === "string") {
          assert.match(node.title, /^[A-Z][A-Za-z0-9]*$/, pointer);
          assert.equal(titles.get(node.title), undefined, `${node.title}: also at ${pointer}`);
          titles.set(node.title, pointer);
        }
      });
      assert.ok(titles.size > 0);
      t.diagnostic(`${titles.size} titles`);
    });

    test("every document names the protocol and its version", () => {
      for (const [name, document] of [...documents, ["methods.json", methods]]) {
        const text = JSON.stringify(document["x-protocol"] ?? [document.protocol, document.version]);
        assert.ok(text.includes(model.name) && text.includes(model.version), name);
      }
    });
  });
}
