// `protocol.json` is what its schema says, and the schema says nothing that no model could hold.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import Ajv from "ajv";
import { json, model, root } from "../tree.js";

const schema = json(join(root, "generated/protocol.schema.json"));

test("the model is what its schema says", (t) => {
  const ajv = new Ajv({ strict: true });
  const validate = ajv.compile(schema);
  assert.ok(validate(model), ajv.errorsText(validate.errors));
  const { methods, definitions } = model;
  t.diagnostic(`${Object.keys(methods).length} methods, ${Object.keys(definitions).length} definitions`);
});

test("a member that the schema does not know is refused", () => {
  const validate = new Ajv({ strict: true }).compile(schema);
  const [name] = Object.keys(model.definitions);
  const definitions = { ...model.definitions, [name]: { ...model.definitions[name], surprise: true } };
  assert.ok(!validate({ ...model, definitions }));
});
