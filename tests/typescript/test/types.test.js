// What Rust writes is in the TypeScript type, what it refuses is not, and the types are pleasant to use under the strictest flags.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { check, compilers } from "../compiler.js";
import { known, stranger } from "../profiles.js";
import { expression, prelude, typeName } from "../expression.js";
import { randomMessages } from "../left.js";
import { load } from "../schemas.js";
import { mutants } from "../mutants.js";
import { definitions, files, fixtures, model, profiles, protocols, referenceMessages, shownInSchema, shownInTypes } from "../tree.js";
import { strict } from "../validator.js";

const here = join(import.meta.dirname, "..");

/** Whether a validator refuses a value for something that types cannot say. */
function isUnsaid(validate, value) {
  validate(value);
  const unsaid = ({ keyword, params }) => keyword === "format" || (keyword === "type" && params.type === "integer");
  return validate.errors?.some(unsaid) ?? false;
}

/**
 * Messages that types accept for a reason: a literal may carry a member of any arm of a union, so an arm that is closed
 * does not refuse what another one has.
 */
const beyondTypes = [
  "fixtures/McpElicitationPrimitiveSchema/valid/titles-in-a-list-of-their-own.json, without enum",
];

/** Whether fields that a profile does not know stand among members of any name. */
const takesAnyName = ({ closed, value }) => !closed && JSON.stringify(value).includes(stranger);

for (const { profile, folder, isOpen, model: seen } of profiles("typescript")) {
  const isWhole = folder === profiles("typescript")[0].folder;
  const shown = shownInSchema(seen);
  const typed = shownInTypes(seen);
  const hasType = ({ name }) => typed.has(name);
  const partOf = (name, value) => known(model, definitions.get(name).path, value, isOpen);
  /** Whether the profile has a name for all of a message. */
  const isAllSeen = (name, value) => {
    const message = partOf(name, value);
    return !message.closed && isDeepStrictEqual(message.value, value);
  };

  describe(profile, { concurrency: true }, () => {
    let scratch;
    before(() => {
      scratch = mkdtempSync(join(tmpdir(), "agreement-"));
    });
    after(() => rmSync(scratch, { recursive: true }));

    const paths = { protocol: [join(folder, "index.ts")] };
    const modules = files(folder, ".ts");

    for (const compiler of compilers) {
      test(`modules, and messages that Rust writes, pass TypeScript ${compiler.version}`, async (t) => {
        assert.ok(modules.length > 3, "index, methods and JsonValue alone are no protocol");
        const written = [...fixtures("valid"), ...fixtures("lenient")].filter(hasType);
        const messages = written.filter(({ name, written }) => isAllSeen(name, written));
        const complaints = await checkMessages(compiler, scratch, paths, messages, ({ written }) => written, modules);
        report(complaints);
        t.diagnostic(`${modules.length} modules, ${messages.length} messages`);
      });
    }

    test("messages of the reference have their type", async (t) => {
      const messages = referenceMessages().filter((message) => hasType(message) && isAllSeen(message.name, message.value));
      report(await checkMessages(compilers[0], scratch, paths, messages, ({ value }) => value));
      t.diagnostic(`${messages.length} messages`);
    });

    test("messages that Rust writes after it read random ones have their type", async (t) => {
      const read = randomMessages(model).filter((message) => message.written !== undefined && hasType(message));
      const messages = read
        .filter(({ name, written }) => isAllSeen(name, written))
        .map((message) => ({ ...message, path: `random ${message.name}` }));
      report(await checkMessages(compilers[0], scratch, paths, messages, ({ written }) => written));
      assert.ok(messages.length > 0);
      t.diagnostic(`${messages.length} messages`);
    });

    test("types refuse what is invalid, but for ranges and formats, which they cannot say", async (t) => {
      const messages = fixtures("invalid").filter((message) => hasType(message) && isAllSeen(message.name, message.value));
      const accepted = await acceptedOf(messages);
      const validator = await validators();
      const wrong = accepted.filter(({ name, value }) => !isUnsaid(validator(name), value));
      assert.deepEqual(
        wrong.map(({ path }) => path),
        [],
      );
      t.diagnostic(`${messages.length} messages, of which ${accepted.length} break a range or format`);
    });

    test("types refuse what the JSON Schema refuses, one fault at a time", async (t) => {
      const validator = await validators();
      const messages = fixtures("valid")
        .filter(({ name, written }) => shown.has(name) && isAllSeen(name, written))
        .flatMap(({ name, path, written }) =>
          [...mutants(written)].map(({ value, fault }) => ({ name, value, path: `${path}, ${fault}` })),
        )
        .filter(({ name, value }) => !validator(name)(value) && !isUnsaid(validator(name), value));
      const accepted = await acceptedOf(messages);
      assert.deepEqual(
        accepted.map(({ path }) => path),
        beyondTypes,
      );
      assert.ok(messages.length > 0);
      t.diagnostic(`${messages.length} messages with one fault each`);
    });

    /** The messages that have the type of their definition. */
    async function acceptedOf(messages) {
      const complaints = await checkMessages(compilers[0], scratch, paths, messages, ({ value }) => value);
      const refused = new Set(complaints.map(({ at }) => at));
      return messages.filter((_, at) => !refused.has(at));
    }

    /** Validators by the name of a definition. */
    async function validators() {
      const jsonFolder = folder.replace(/typescript([/\\][^/\\]+)$/, "json$1");
      const { register } = await import(join(jsonFolder, "formats.js"));
      const { documents, flat } = load(jsonFolder);
      const ajv = register(strict({ allErrors: true }));
      ajv.addSchema(documents.get(flat), flat);
      return (name) => ajv.getSchema(`${flat}#/definitions/${name}`);
    }

    test("modules bear readers who set fewer flags, and tools that only erase types", async () => {
      const few = { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false, noUnusedLocals: true };
      report(await check(compilers[0], scratch, modules, { ...few, erasableSyntaxOnly: true }));
    });

    test("types lead those who write by hand, and say where they go wrong", async () => {
      const byHand = isWhole ? "by-hand.ts" : "by-hand-stable.ts";
      const whole = [join(profiles("typescript")[0].folder, "index.ts")];
      report(await check(compilers[0], scratch, [join(here, byHand)], { paths: { ...paths, whole } }));
    });

    test("types refuse what is behind a closed gate, but where members may have any name", { skip: isWhole }, async (t) => {
      const messages = fixtures("valid").filter((message) => hasType(message) && !isAllSeen(message.name, message.value));
      const accepted = await acceptedOf(messages);
      const wrong = accepted.filter(({ name, value }) => !takesAnyName(partOf(name, value)));
      assert.deepEqual(
        wrong.map(({ path }) => path),
        [],
      );
      assert.ok(messages.length > accepted.length);
      t.diagnostic(`${messages.length} messages, of which ${accepted.length} have members of any name`);
    });
  });
}

for (const protocol of protocols.slice(1)) {
  for (const { profile, folder } of profiles("typescript", protocol)) {
    test(`modules of ${profile} pass TypeScript`, async (t) => {
      const scratch = mkdtempSync(join(tmpdir(), "agreement-"));
      const modules = files(folder, ".ts");
      report(await check(compilers[0], scratch, modules));
      rmSync(scratch, { recursive: true });
      t.diagnostic(`${modules.length} modules`);
    });
  }
}

/** Holds `valueOf(message)` of each message to the type of its definition; complaints say which one they are `at`. */
async function checkMessages(compiler, scratch, paths, messages, valueOf, modules = []) {
  const head = ['import type * as protocol from "protocol";', prelude];
  const lines = messages.map((message, at) => {
    const { path } = definitions.get(message.name);
    return `export const message${at}: ${typeName(path)} = ${expression(valueOf(message), path)};`;
  });
  const file = join(mkdtempSync(join(scratch, "messages-")), "messages.mts");
  writeFileSync(file, [...head, ...lines, ""].join("\n"));
  const complaints = await check(compiler, scratch, [file, ...modules], { paths });
  // The compiler looks at no type while the grammar is wrong.
  report(complaints.filter(({ message }) => /^error TS1\d{3}:/.test(message)));
  return complaints.map((complaint) => {
    if (!complaint.file.endsWith("messages.mts")) {
      return complaint;
    }
    const at = complaint.line - head.length - 1;
    return { ...complaint, at, file: messages[at].path };
  });
}

function report(complaints) {
  assert.deepEqual(
    complaints.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    [],
  );
}
