// What the JSON Schema accepts is what Rust accepts, but for the two classes that `fixtures/README.md` names.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { load, pointers } from "../schemas.js";
import {
  definitions,
  fixtureFolders,
  fixtures,
  model,
  profiles,
  referenceMessages,
  shownInSchema,
  showsAll,
} from "../tree.js";
import { strict } from "../validator.js";

const shown = shownInSchema(model);

/** The name that the folders of fixtures have. */
const nameOf = (path) => path.split("/").at(-1);

/** The first few complaints of a validator; unions complain about every member. */
const why = ({ errors }) =>
  errors
    .slice(0, 3)
    .map(({ instancePath, message }) => `${instancePath} ${message}`)
    .join(", ");

const relations = [
  { relation: "valid", accepts: true },
  { relation: "invalid", accepts: false },
  { relation: "beyond-schema", accepts: true },
];

test("every folder of fixtures is called after a definition", (t) => {
  assert.deepEqual(
    fixtureFolders.filter((name) => !definitions.has(name)),
    [],
  );
  t.diagnostic(`${fixtureFolders.length} folders`);
});

for (const { profile, folder } of profiles("json")) {
  const { register } = await import(join(folder, "formats.js"));
  const { documents, flat, namespaced, errors } = load(folder);

  for (const bundle of [flat, namespaced, errors]) {
    describe(`fixtures against ${profile}/${bundle}`, () => {
      const ajv = register(strict({ allErrors: true }));
      ajv.addSchema(documents.get(bundle), bundle);
      // The flat bundle holds everything that is shown; the others share it out.
      const held = new Set([...pointers(documents.get(bundle))].map((pointer) => pointer.split("/").at(-1)));
      const isHeld = ({ name }) => (bundle === flat ? shown : held).has(name);
      const validatorOf = (name) => {
        const place = bundle === flat ? name : definitions.get(name).path;
        const validate = ajv.getSchema(`${bundle}#/definitions/${place}`);
        assert.ok(validate !== undefined, `${name} is not in ${bundle}`);
        return validate;
      };

      for (const { relation, accepts } of relations) {
        test(`${accepts ? "accepts" : "refuses"} what is ${relation}`, (t) => {
          const messages = fixtures(relation).filter(isHeld);
          const wrong = [];
          for (const { path, name, value } of messages) {
            const validate = validatorOf(name);
            if (validate(value) !== accepts) {
              wrong.push(accepts ? `${path}: ${why(validate)}` : `${path}: accepted`);
            }
          }
          assert.deepEqual(wrong, []);
          t.diagnostic(`${messages.length} messages`);
        });
      }

      test("refuses what is lenient, or takes it for something else", (t) => {
        const messages = fixtures("lenient").filter(isHeld);
        // A member of an old name is one of the unknown ones, which objects that are not closed bear. It cannot mean
        // anything then, so Rust must write something else.
        const accepted = messages.filter(({ name, value }) => validatorOf(name)(value));
        const wrong = accepted.filter(({ value, written }) => isDeepStrictEqual(value, written));
        assert.deepEqual(wrong, []);
        t.diagnostic(`${messages.length} messages, of which ${accepted.length} have unknown members`);
      });

      test("accepts the messages of the reference, of every method", { skip: !showsAll(profile) }, (t) => {
        const messages = referenceMessages().filter(isHeld);
        const wrong = messages.flatMap(({ path, name, value }) => {
          const validate = validatorOf(name);
          return validate(value) ? [] : [`${path}: ${why(validate)}`];
        });
        assert.deepEqual(wrong, []);
        const seen = new Set(messages.map(({ name }) => name));
        const carried = Object.values(model.methods).flatMap(({ params, result }) => [params, result]);
        const names = carried.filter((path) => path !== undefined).map(nameOf);
        assert.deepEqual(
          names.filter((name) => isHeld({ name }) && !seen.has(name)),
          [],
        );
        t.diagnostic(`${messages.length} messages`);
      });

      test("accepts what Rust writes", (t) => {
        // What Rust keeps as it came, such as an unknown member of an open union, is no more in the schema than before.
        const understood = fixtures("lenient").filter(({ value, written }) => !isDeepStrictEqual(value, written));
        const written = [...fixtures("valid"), ...understood].filter(isHeld);
        const wrong = written.flatMap(({ path, name, written }) => {
          const validate = validatorOf(name);
          return validate(written) ? [] : [`${path}: ${why(validate)}`];
        });
        assert.deepEqual(wrong, []);
        t.diagnostic(`${written.length} messages`);
      });
    });
  }
}
