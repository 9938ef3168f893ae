// What the JSON Schema accepts is what Rust accepts, but for the two classes that `fixtures/README.md` names. That of a profile
// with closed gates accepts the same, without what it has no name for.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { known } from "../profiles.js";
import { load, pointers } from "../schemas.js";
import {
  definitions,
  fixtureFolders,
  fixtures,
  model,
  profiles,
  referenceMessages,
  shownInSchema,
} from "../tree.js";
import { strict } from "../validator.js";

/** The name that the folders of fixtures have. */
const nameOf = (path) => path.split("/").at(-1);

/** The first few complaints of a validator; unions complain about every member. */
const why = ({ errors }) =>
  (errors ?? [{ instancePath: "", message: "accepted" }])
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

const whole = await validators(profiles("json")[0].folder);

/** Validators by the name of a definition, of the flat bundle. */
async function validators(folder) {
  const { register } = await import(join(folder, "formats.js"));
  const { documents, flat } = load(folder);
  const ajv = register(strict({ allErrors: true }));
  ajv.addSchema(documents.get(flat), flat);
  return (name) => ajv.getSchema(`${flat}#/definitions/${name}`);
}

for (const { profile, folder, isOpen, model: seen } of profiles("json")) {
  const shown = shownInSchema(seen);
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

      const isAllSeen = ({ name, value }) => {
        const message = known(model, definitions.get(name).path, value, isOpen);
        return !message.closed && isDeepStrictEqual(message.value, value);
      };
      // A profile refuses a member of an enum or union behind a closed gate, and looks at a field behind one as little as at
      // any unknown member.
      const accepted = (name, value, accepts) => {
        const message = known(model, definitions.get(name).path, value, isOpen);
        if (message.closed) {
          return false;
        }
        return isDeepStrictEqual(message.value, value) ? accepts : whole(name)(message.value);
      };

      for (const { relation, accepts } of relations) {
        test(`${accepts ? "accepts" : "refuses"} what is ${relation}`, (t) => {
          const messages = fixtures(relation).filter(isHeld);
          const wrong = [];
          let gated = 0;
          for (const { path, name, value } of messages) {
            const validate = validatorOf(name);
            const expected = accepted(name, value, accepts);
            gated += expected === accepts ? 0 : 1;
            if (validate(value) !== expected) {
              wrong.push(expected ? `${path}: ${why(validate)}` : `${path}: accepted`);
            }
          }
          assert.deepEqual(wrong, []);
          t.diagnostic(`${messages.length} messages, of which ${gated} are judged otherwise for a gate`);
        });
      }

      test("refuses what is lenient, or takes it for something else", (t) => {
        const messages = fixtures("lenient").filter(isHeld).filter(isAllSeen);
        // A member of an old name is one of the unknown ones, which objects that are not closed bear. It cannot mean
        // anything then, so Rust must write something else.
        const taken = messages.filter(({ name, value }) => validatorOf(name)(value));
        const wrong = taken.filter(({ value, written }) => isDeepStrictEqual(value, written));
        assert.deepEqual(wrong, []);
        t.diagnostic(`${messages.length} messages, of which ${taken.length} have unknown members`);
      });

      test("accepts the messages of the reference, of every method", (t) => {
        const messages = referenceMessages().filter(isHeld);
        const wrong = messages.flatMap(({ path, name, value }) => {
          const validate = validatorOf(name);
          return validate(value) === accepted(name, value, true) ? [] : [`${path}: ${why(validate)}`];
        });
        assert.deepEqual(wrong, []);
        const have = new Set(messages.map(({ name }) => name));
        const carried = Object.values(seen.methods).flatMap(({ params, result }) => [params, result]);
        const names = carried.filter((path) => path !== undefined).map(nameOf);
        assert.deepEqual(
          names.filter((name) => isHeld({ name }) && !have.has(name)),
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
          return validate(written) === accepted(name, written, true) ? [] : [`${path}: ${why(validate)}`];
        });
        assert.deepEqual(wrong, []);
        t.diagnostic(`${written.length} messages`);
      });
    });
  }
}
