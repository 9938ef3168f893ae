// The app-server protocol is the published one: all its methods and definitions are declared, with the same gates and
// legacy marks, and each is hidden where that one hides it.
//
// What was published lies beside the repository, where it is there at all. `schema_equiv.py` compares the schemas
// themselves; here is what those cannot show.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { load } from "../schemas.js";
import { definitions, fixtures, json, model, profiles, root, shownInSchema } from "../tree.js";
import { strict } from "../validator.js";

const published = join(root, "../shared/reference/app-server");
const read = (name) => json(join(published, name));
const nameOf = (path) => path?.split("/").at(-1);

describe("the published protocol", { skip: existsSync(published) ? false : "it is not there" }, () => {
  test("has our methods, of the same kinds and with the same types, gates and legacy marks", (t) => {
    const ours = Object.entries(model.methods).map(([method, { kind, params, result, gate, legacy }]) =>
      stated({ method, kind, params: nameOf(params), result: nameOf(result), gate: gate?.name, legacy }),
    );
    const theirs = read("methods.json").map(({ method, kind, params, result, gate, legacy }) =>
      stated({ method, kind, params: params ?? undefined, result: result ?? undefined, gate, legacy }),
    );
    assert.deepEqual(ours.sort(), theirs.sort());
    t.diagnostic(`${theirs.length} methods`);
  });

  test("hides what ours hides", () => {
    const { methods } = load(profiles("json")[0].folder);
    const seen = (visibility) =>
      Object.entries(model.methods)
        .filter(([, method]) => method.visibility === visibility)
        .map(([name]) => name);
    const theirs = read("methods.json");
    const inSchema = new Set(JSON.stringify(read("experimental.schemas.json")).match(/"enum":\["[^"]+"\]/g));
    const hidden = theirs.filter(({ method }) => !inSchema.has(`"enum":["${method}"]`)).map(({ method }) => method);
    assert.deepEqual([...seen("omitJson"), ...seen("onlyRust")].sort(), hidden.sort());
    const internal = theirs.filter(({ internal }) => internal === true).map(({ method }) => method);
    assert.deepEqual(seen("onlyRust"), internal);
    const shown = theirs.map(({ method }) => method).filter((method) => !hidden.includes(method));
    assert.deepEqual(Object.keys(methods.methods).sort(), shown.sort());
  });

  test("has our gates on fields and members", (t) => {
    const { methods, fields, typeFields, members } = read("gates.json");
    const ofParams = Object.entries(fields).map(([method, names]) => [model.methods[method].params, names]);
    const theirs = [...ofParams, ...Object.entries(typeFields), ...Object.entries(members)].flatMap(([path, names]) =>
      names.map((name) => `${path}.${name}`),
    );
    const ours = Object.entries(model.definitions).flatMap(([path, definition]) =>
      gated(definition.shape).map((name) => `${path}.${name}`),
    );
    assert.deepEqual(ours.sort(), theirs.sort());
    const gatedMethods = Object.keys(model.methods).filter((name) => model.methods[name].gate !== undefined);
    assert.deepEqual(gatedMethods.sort(), methods.sort());
    t.diagnostic(`${theirs.length} fields and members, ${methods.length} methods`);
  });

  test("has no definition that ours lacks", (t) => {
    const { v2, ...rest } = read("experimental.schemas.json").definitions;
    const { definitions: legacy } = read("legacy.schemas.json");
    const unions = ["ClientRequest", "ServerRequest", "ClientNotification", "ServerNotification"];
    const names = [...Object.keys(rest), ...Object.keys(v2), ...Object.keys(legacy)];
    assert.deepEqual(
      names.filter((name) => !definitions.has(name) && !unions.includes(name)),
      [],
    );
    t.diagnostic(`${names.length} definitions`);
  });

  test("has the members of our first edition, which no schema of ours shows", (t) => {
    const { definitions: legacy } = read("legacy.schemas.json");
    for (const [name, { anyOf, ...schema }] of Object.entries(legacy)) {
      const { shape } = definitions.get(name);
      const bodies = shape.kind === "union" ? shape.members.map(({ content }) => content.body) : [shape];
      assert.deepEqual(
        bodies.map(({ fields }) => fields.map(({ name }) => name).sort()),
        (anyOf ?? [schema]).map(({ properties }) => Object.keys(properties).sort()),
        name,
      );
      // What is nullable is read when it is absent, too, and so is not required there.
      assert.deepEqual(
        bodies.map(({ fields }) => fields.filter(({ presence }) => presence === "required").map(({ name }) => name).sort()),
        (anyOf ?? [schema]).map(({ required }) => [...(required ?? [])].sort()),
        name,
      );
    }
    t.diagnostic(`${Object.keys(legacy).length} definitions`);
  });

  test("accepts our fixtures of the first edition", (t) => {
    const legacy = read("legacy.schemas.json");
    const ajv = strict({ allowUnionTypes: true });
    ajv.addSchema(legacy, "legacy");
    const messages = fixtures("valid").filter(({ name }) => name in legacy.definitions);
    for (const { path, name, value } of messages) {
      const validate = ajv.getSchema(`legacy#/definitions/${name}`);
      assert.ok(validate(value), `${path}: ${ajv.errorsText(validate.errors)}`);
    }
    assert.deepEqual(new Set(messages.map(({ name }) => name)), new Set(Object.keys(legacy.definitions)));
    t.diagnostic(`${messages.length} messages`);
  });
});

test("at most ten definitions may differ, and a page says why of each", (t) => {
  const listed = Object.keys(json(join(root, "fixtures/reference/deviations.experimental.json")));
  const page = readFileSync(join(root, "docs/reference-deviations.md"), "utf8");
  assert.ok(listed.length <= 10, `${listed.length} are listed`);
  assert.deepEqual(
    listed.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
  t.diagnostic(`${listed.length} definitions`);
});

test("what differs without an open gate is what the published bundle leaks", (t) => {
  const listed = (profile) => Object.keys(json(join(root, `fixtures/reference/deviations.${profile}.json`)));
  const [whole, stable] = ["experimental", "stable"].map(listed);
  const closed = profiles("json").find(({ isOpen }) => !isOpen("experimental"));
  const shown = shownInSchema(closed.model);
  const isLeak = (name) => {
    const definition = definitions.get(nameOf(name));
    return definition === undefined ? name === "ServerNotification" : !shown.has(nameOf(name)) || gated(definition.shape).length > 0;
  };
  assert.deepEqual(
    stable.filter((name) => !whole.includes(name) && !isLeak(name)),
    [],
  );
  t.diagnostic(`${stable.length} definitions`);
});

test("what only legacy methods reach is legacy", (t) => {
  const methods = Object.values(model.methods);
  const envelope = { params: model.envelope.message, result: model.envelope.requestId };
  const legacy = reached(methods.filter(({ legacy }) => legacy === true));
  const living = reached([...methods.filter(({ legacy }) => legacy !== true), envelope]);
  const only = [...legacy].filter((path) => !living.has(path));
  assert.ok(only.length > 0);
  assert.deepEqual(
    only.filter((path) => model.definitions[path].legacy !== true),
    [],
  );
  t.diagnostic(`${only.length} definitions`);
});

const stated = (entry) => JSON.stringify(entry);

/** The names of the gated fields and members in a part of the model. */
function gated(node) {
  if (typeof node !== "object" || node === null) {
    return [];
  }
  const own = node.gate !== undefined && typeof node.name === "string" ? [node.name] : [];
  return [...own, ...Object.values(node).flatMap(gated)];
}

/** The definitions that methods reach. */
function reached(methods) {
  const found = new Set();
  const visit = (node) => {
    if (typeof node !== "object" || node === null) {
      return;
    }
    for (const [key, value] of Object.entries(node)) {
      if ((key === "ref" || key === "target") && typeof value === "string") {
        enter(value);
      } else {
        visit(value);
      }
    }
  };
  const enter = (path) => {
    if (path !== undefined && !found.has(path)) {
      found.add(path);
      visit(model.definitions[path].shape);
    }
  };
  for (const { params, result, errors } of methods) {
    [params, result, ...(errors ?? [])].forEach(enter);
  }
  return found;
}
