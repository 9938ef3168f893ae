// `protocol.json` is what its schema says, and the schema lets nothing pass that it does not describe.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { display, json, protocols } from "../tree.js";
import { strict } from "../validator.js";

for (const { folder, model } of protocols) {
  const schema = json(join(folder, "protocol.schema.json"));

  test(`${display(folder)}/protocol.json is what its schema says`, (t) => {
    const ajv = strict();
    const validate = ajv.compile(schema);
    assert.ok(validate(model), ajv.errorsText(validate.errors));
    const { methods, definitions } = model;
    t.diagnostic(`${Object.keys(methods).length} methods, ${Object.keys(definitions).length} definitions`);
  });

  test(`${display(folder)}/protocol.schema.json refuses a member that it does not know`, () => {
    const validate = strict().compile(schema);
    const [name] = Object.keys(model.definitions);
    const definitions = { ...model.definitions, [name]: { ...model.definitions[name], surprise: true } };
    assert.ok(!validate({ ...model, definitions }));
  });
}
