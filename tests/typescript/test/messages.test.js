// What Rust accepts is what the JSON Schema accepts, over random messages of every definition, most of them with a fault.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { left } from "../left.js";
import { opened } from "../opened.js";
import { load } from "../schemas.js";
import { profiles, protocols, shownInSchema } from "../tree.js";
import { strict } from "../validator.js";

/** Messages of the definitions that the schema shows, with why Rust refuses each, or null. */
function messagesOf(model) {
  const shown = shownInSchema(model);
  return left(`${model.name}.messages.jsonl`)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ definition, value, refused }) => ({ name: definition.split("/").at(-1), value, refused }))
    .filter(({ name }) => shown.has(name));
}

const cases = protocols.flatMap((protocol) =>
  profiles("json", protocol).map(({ profile, folder }) => ({ model: protocol.model, profile, folder })),
);

for (const { model, profile, folder } of cases) {
  test(`${profile} accepts what Rust accepts`, async (t) => {
    const messages = messagesOf(model);
    const { register } = await import(join(folder, "formats.js"));
    const { documents, flat } = load(folder);
    const ajv = register(strict({ strict: false }));
    ajv.addSchema(opened(documents.get(flat)), flat);
    const wrong = [];
    for (const { name, value, refused } of messages) {
      const validate = ajv.getSchema(`${flat}#/definitions/${name}`);
      assert.ok(validate !== undefined, `${name} is not in ${flat}`);
      const accepted = validate(value);
      if (accepted !== (refused === null)) {
        const why = accepted ? `Rust: ${refused}` : `schema: ${complaint(validate)}`;
        wrong.push(`${name}: ${why}: ${JSON.stringify(value)}`);
      }
    }
    assert.deepEqual(wrong, []);
    const accepted = messages.filter(({ refused }) => refused === null).length;
    assert.ok(accepted > 0 && accepted < messages.length);
    t.diagnostic(`${messages.length} messages, of which Rust accepts ${accepted}`);
  });
}

function complaint({ errors: [{ instancePath, message }] }) {
  return `${instancePath} ${message}`;
}
