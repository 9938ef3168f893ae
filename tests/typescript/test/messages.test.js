// What Rust accepts, and what it writes then, is what the JSON Schema accepts: over random messages of every definition, most of
// them with a fault. A profile with closed gates accepts the same, without what it has no name for.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { randomMessages } from "../left.js";
import { opened } from "../opened.js";
import { known } from "../profiles.js";
import { load } from "../schemas.js";
import { profiles, protocols, shownInSchema } from "../tree.js";
import { strict } from "../validator.js";

const cases = protocols.flatMap((protocol) =>
  profiles("json", protocol).map((profile, at, [whole]) => ({ ...profile, protocol, whole })),
);

for (const { profile, folder, protocol } of cases.filter(({ folder, whole }) => folder === whole.folder)) {
  test(`${profile} accepts what Rust accepts`, async (t) => {
    const messages = randomMessages(protocol.model);
    const validatorOf = await validators(folder);
    const wrong = [];
    for (const { name, value, written, refused } of messages) {
      const validate = validatorOf(name);
      const accepted = validate(value);
      if (accepted !== (refused === undefined)) {
        const why = accepted ? `Rust: ${refused}` : `schema: ${complaint(validate)}`;
        wrong.push(`${name}: ${why}: ${JSON.stringify(value)}`);
      } else if (accepted && !validate(written)) {
        wrong.push(`${name}: schema, of what Rust writes: ${complaint(validate)}: ${JSON.stringify(written)}`);
      }
    }
    assert.deepEqual(wrong, []);
    const accepted = messages.filter(({ refused }) => refused === undefined).length;
    assert.ok(accepted > 0 && accepted < messages.length);
    t.diagnostic(`${messages.length} messages, of which Rust accepts ${accepted}`);
  });
}

for (const { model, profile, folder, isOpen, protocol, whole } of cases.filter(({ folder, whole }) => folder !== whole.folder)) {
  test(`${profile} accepts what ${whole.profile} does, without what it has no name for`, async (t) => {
    const shown = shownInSchema(model);
    const messages = randomMessages(protocol.model).filter(({ name }) => shown.has(name));
    const paths = new Map(Object.keys(protocol.model.definitions).map((path) => [path.split("/").at(-1), path]));
    const validatorOf = await validators(folder);
    const wholeOf = await validators(whole.folder);
    const count = { closed: 0, stripped: 0 };
    const wrong = [];
    for (const { name, value } of messages) {
      const message = known(protocol.model, paths.get(name), value, isOpen, true);
      const expected = !message.closed && wholeOf(name)(message.value);
      count.closed += message.closed ? 1 : 0;
      count.stripped += !message.closed && !isDeepStrictEqual(message.value, value) ? 1 : 0;
      const validate = validatorOf(name);
      if (validate(value) !== expected) {
        wrong.push(`${name}: ${expected ? complaint(validate) : "accepted"}: ${JSON.stringify(value)}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(count.closed > 0 && count.stripped > 0, JSON.stringify(count));
    t.diagnostic(`${messages.length} messages, of which ${count.closed} are refused for a gate, and ${count.stripped} have unknown members`);
  });
}

/** Validators by the name of a definition, which bear what readers of open definitions bear. */
async function validators(folder) {
  const { register } = await import(join(folder, "formats.js"));
  const { documents, flat } = load(folder);
  const ajv = register(strict({ strict: false }));
  ajv.addSchema(opened(documents.get(flat)), flat);
  return (name) => {
    const validate = ajv.getSchema(`${flat}#/definitions/${name}`);
    assert.ok(validate !== undefined, `${name} is not in ${flat}`);
    return validate;
  };
}

function complaint({ errors: [{ instancePath, message }] }) {
  return `${instancePath} ${message}`;
}
