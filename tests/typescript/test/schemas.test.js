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
  const { documents, flat, namespaced, errors, methods } = load(folder);
  const bundles = [flat, namespaced, errors].filter((name) => name !== undefined);

  describe(profile, () => {
    test("the meta-schema and ajv's strict mode take every document", (t) => {
      for (const [name, document] of documents) {
        const ajv = register(strict());
        assert.ok(ajv.validateSchema(document), `${name}: ${ajv.errorsText()}`);
        assert.doesNotThrow(() => ajv.compile(document), name);
      }
      t.diagnostic(`${documents.size} documents`);
    });

    test("every definition of every bundle compiles on its own", (t) => {
      let count = 0;
      for (const name of bundles) {
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
      const named = (ref) => ref.split("/").at(-1);
      const ofErrors = new Set();
      const ofMessages = new Set();
      for (const { from, to } of references(methods)) {
        (from.includes("/errors/") ? ofErrors : ofMessages).add(named(to));
      }
      for (const name of ["ClientRequest", "ServerRequest", "ClientNotification", "ServerNotification"]) {
        ofMessages.add(name);
      }
      if (model.envelope.message !== undefined) {
        ofMessages.add(named(model.envelope.message));
      }
      const roots = { [flat]: new Set([...ofMessages, ...ofErrors]), [namespaced]: ofMessages, [errors]: ofErrors };
      for (const name of bundles) {
        const bundle = documents.get(name);
        const held = [...pointers(bundle)].filter((pointer) => roots[name].has(named(pointer)));
        assert.ok(held.length > 0, name);
        assert.deepEqual(unreachable(bundle, held), [], name);
        t.diagnostic(`${name}: ${held.length} roots`);
      }
    });

    test("bundles hold every definition that the JSON Schema shows", () => {
      const held = new Set(Object.keys(documents.get(flat).definitions));
      assert.deepEqual(
        [...shownInSchema(model)].filter((name) => !held.has(name)),
        [],
      );
    });

    test("the bundles by namespaces hold what the flat one holds", () => {
      const names = (name) => [...pointers(documents.get(name))].map((pointer) => pointer.split("/").at(-1));
      const inNamespaces = new Set(bundles.filter((name) => name !== flat).flatMap(names));
      assert.deepEqual([...inNamespaces].sort(), names(flat).sort());
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
