// Where things are in the repository, and how fixtures are read.
//
// In: the disk. Out: parsed documents. Everything here throws when it finds nothing, since a test that ran over no files
// would pass.

import { readdirSync, readFileSync, existsSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { opens, seen } from "./profiles.js";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A path below the root as people write it. */
export const display = (path) => relative(root, path).split(sep).join("/");

/** A JSON document. */
export const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * What was emitted for each protocol of the repository, `{ folder, model }`: for the app-server protocol, which the
 * fixtures are of, and for those in `examples/`.
 */
export const protocols = [root, ...folders(join(root, "examples"))]
  .map((home) => join(home, "generated"))
  .filter((folder, at) => at === 0 || existsSync(folder))
  .map((folder) => ({ folder, model: json(join(folder, "protocol.json")) }));

/** The model of the app-server protocol. */
export const { model } = protocols[0];

/**
 * The profiles of a target, the one with every gate open first: `{ profile, folder, isOpen, model }`, where `profile` is the
 * folder as people write it, and `model` is without what it leaves out.
 */
export function profiles(target, { folder, model } = protocols[0]) {
  const found = folders(join(folder, target));
  if (found.length === 0) {
    throw new Error(`${display(folder)}/${target} holds no profile`);
  }
  return found.map((folder) => {
    const isOpen = opens(folder);
    return { profile: display(folder), folder, isOpen, model: seen(model, isOpen) };
  });
}

/** The folders in a folder, sorted. */
function folders(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** Every file below a folder whose name ends in `ending`, sorted. */
export function files(folder, ending) {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path, ending) : entry.name.endsWith(ending) ? [path] : [];
  });
  return found.sort();
}

/** Definitions of the model by the name that the folders of fixtures have: without namespace. */
export const definitions = new Map(
  Object.entries(model.definitions).map(([path, definition]) => [path.split("/").at(-1), { path, ...definition }]),
);

/** The folders of `fixtures/` that should each be called after a definition. */
export const fixtureFolders = folders(join(root, "fixtures"))
  .map((folder) => basename(folder))
  .filter((name) => !["exchanges", "reference", "released"].includes(name));

/**
 * Fixtures of one relation: `{ path, name, value, written }`, where `name` is the definition and `written` is what Rust
 * writes after it read `value`, where it is known.
 */
export function fixtures(relation) {
  const found = [];
  // A folder that is called after no definition is reported by a test of its own.
  for (const name of fixtureFolders.filter((name) => definitions.has(name))) {
    const below = join(root, "fixtures", name, relation);
    const paths = existsSync(below) ? files(below, ".json") : [];
    for (const path of paths.filter((path) => !path.endsWith(".written.json"))) {
      found.push({ path: display(path), name, ...read(relation, path) });
    }
  }
  if (found.length === 0) {
    throw new Error(`no fixture in fixtures/*/${relation}`);
  }
  return found;
}

/** What the `data` of an error has as its `code`, which tells it from others with the same number. */
const codeOf = (path) => model.definitions[path].shape.data.fields?.find(({ name }) => name === "code")?.type.constant;

/**
 * Params, results and the data of errors as the pages of the reference show them: `{ path, name, value }`, where `name` is the definition.
 */
export function referenceMessages() {
  const found = [];
  const folder = join(root, "generated/docs");
  for (const page of files(folder, ".md")) {
    // A section each, and what stands before the first one.
    for (const section of readFileSync(page, "utf8").split(/^### /m).slice(1)) {
      const shown = [...section.matchAll(/^```json\n(.*?)\n```$/gms)].map(([, text]) => JSON.parse(text));
      for (const [at, message] of shown.entries()) {
        const question = "method" in message ? message : shown.find(({ id, method }) => method && id === message.id);
        const { params, result, errors = [] } = model.methods[question.method];
        const isMeant = (path) => codeOf(path) !== undefined && codeOf(path) === message.error?.data?.code;
        const [declared, value] =
          "method" in message
            ? [params, message.params]
            : "error" in message
              ? [errors.find(isMeant), message.error.data]
              : [result, message.result];
        if (declared !== undefined) {
          const path = `${display(page)}, ${section.split("\n", 1)[0]} [${at}]`;
          found.push({ path, name: declared.split("/").at(-1), value });
        }
      }
    }
  }
  if (found.length === 0) {
    throw new Error(`${display(folder)} shows no message`);
  }
  return found;
}

/**
 * The names of the definitions that the JSON Schema shows: those that methods and the envelope reach without passing
 * something that is kept out of it.
 */
export const shownInSchema = (model) => shownWithout(model, ["omitJson", "onlyRust"]);

/** The same of TypeScript. */
export const shownInTypes = (model) => shownWithout(model, ["onlyRust"]);

function shownWithout(model, kept) {
  const shown = ({ visibility }) => !kept.includes(visibility);
  const reached = new Set();
  const visit = (node) => {
    if (Array.isArray(node)) {
      node.forEach(visit);
    } else if (typeof node === "object" && node !== null && shown(node)) {
      for (const [key, value] of Object.entries(node)) {
        if (key === "ref") {
          enter(value);
        } else if (key === "target" && typeof value === "string") {
          // What is flattened stands in the object that flattens it.
          visit(model.definitions[value]);
        } else if (key !== "default" && key !== "constant") {
          visit(value);
        }
      }
    }
  };
  const enter = (path) => {
    const definition = model.definitions[path];
    if (!reached.has(path) && shown(definition)) {
      reached.add(path);
      visit(definition);
    }
  };
  for (const { params, result, errors } of Object.values(model.methods).filter(shown)) {
    [params, result, ...(errors ?? []), model.envelope.message].filter(Boolean).forEach(enter);
  }
  return new Set([...reached].map((path) => path.split("/").at(-1)));
}

/** `fixtures/README.md` says what a file of each relation holds. */
function read(relation, path) {
  const content = json(path);
  switch (relation) {
    case "valid": {
      const written = path.replace(/\.json$/, ".written.json");
      return { value: content, written: existsSync(written) ? json(written) : content };
    }
    case "lenient":
      return { value: content.value, written: content.written };
    case "invalid":
      return { value: content.value };
    case "beyond-schema":
      return { value: JSON.parse(content.text) };
    default:
      throw new Error(`${relation} is no relation`);
  }
}
