// Whatever set of gates a client has opened: the schema of that set accepts all that a server can send it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { left } from "../left.js";
import { profiles, protocols, shownInSchema } from "../tree.js";
import { strict } from "../validator.js";

for (const protocol of protocols) {
  const { name } = protocol.model;
  const shown = shownInSchema(protocol.model);

  test(`what ${name} sends is what the schema of its reader's gates says`, async (t) => {
    const forms = left(`${name}.forms.jsonl`)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ definition }) => shown.has(definition));
    const schemas = JSON.parse(left(`${name}.profiles.json`));
    const [{ folder }] = profiles("json", protocol);
    const { register } = await import(join(folder, "formats.js"));
    const wrong = [];
    let refused = 0;
    for (const [gates, schema] of Object.entries(schemas)) {
      const ajv = register(strict({ strict: false }));
      ajv.addSchema(schema, "profile");
      const sent = forms.filter((message) => message.gates === gates);
      assert.ok(sent.length > 0, `nothing is sent with the gates ${gates}`);
      for (const { definition, form, full } of sent) {
        const validate = ajv.getSchema(`profile#/definitions/${definition}`);
        assert.ok(validate !== undefined, `${definition} is not in the schema of ${gates}`);
        if (!validate(form)) {
          const [{ instancePath, message }] = validate.errors;
          wrong.push(`${gates}: ${definition}: ${instancePath} ${message}: ${JSON.stringify(form)}`);
        } else if (!validate(full)) {
          refused += 1;
        }
      }
    }
    assert.deepEqual(wrong, []);
    // Members that a client has not opted into are unknown to its schema.
    assert.ok(refused > 0, "the schemas accept what is gated");
    t.diagnostic(`${forms.length} messages, ${refused} of which the schema would refuse with every gate open`);
  });
}
