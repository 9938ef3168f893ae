// What Rust accepts, and what it writes then, is what the JSON Schema accepts: over random messages of every definition, most of
// them with a fault.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { randomMessages } from "../left.js";
import { opened } from "../opened.js";
import { load } from "../schemas.js";
import { profiles, protocols } from "../tree.js";
import { strict } from "../validator.js";

const cases = protocols.flatMap((protocol) =>
  profiles("json", protocol).map(({ profile, folder }) => ({ model: protocol.model, profile, folder })),
);

for (const { model, profile, folder } of cases) {
  test(`${profile} accepts what Rust accepts`, async (t) => {
    const messages = randomMessages(model);
    const { register } = await import(join(folder, "formats.js"));
    const { documents, flat } = load(folder);
    const ajv = register(strict({ strict: false }));
    ajv.addSchema(opened(documents.get(flat)), flat);
    const wrong = [];
    for (const { name, value, written, refused } of messages) {
      const validate = ajv.getSchema(`${flat}#/definitions/${name}`);
      assert.ok(validate !== undefined, `${name} is not in ${flat}`);
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

function complaint({ errors: [{ instancePath, message }] }) {
  return `${instancePath} ${message}`;
}
