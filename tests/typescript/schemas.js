// The emitted JSON Schemas of one profile.
//
// In: a folder of `generated/json`. Out: its documents, and walks over them.

import { basename } from "node:path";
import { files, json } from "./tree.js";

/**
 * The documents of a profile: `{ documents, flat, namespaced, errors, methods }`, where `documents` maps file name to
 * schema, `flat`, `namespaced` and `errors` are names of files, and there are no `errors` where none with data is declared.
 */
export function load(folder) {
  const documents = new Map(
    files(folder, ".json")
      .filter((path) => !/^(package|methods)\.json$/.test(basename(path)))
      .map((path) => [path.slice(folder.length + 1), json(path)]),
  );
  const flat = only(documents, /\.flat\.json$/);
  const namespaced = only(documents, /\.namespaced\.json$/);
  const errors = [...documents.keys()].find((name) => /\.errors\.json$/.test(name));
  return { documents, flat, namespaced, errors, methods: json(`${folder}/methods.json`) };
}

function only(documents, pattern) {
  const found = [...documents.keys()].filter((name) => pattern.test(name));
  if (found.length !== 1) {
    throw new Error(`one file should match ${pattern}, not ${found.length}`);
  }
  return found[0];
}

/** Calls `visit` with every object in a document, and the JSON pointer to it. */
export function walk(value, visit, pointer = "") {
  if (typeof value !== "object" || value === null) {
    return;
  }
  visit(value, pointer);
  for (const [key, member] of Object.entries(value)) {
    walk(member, visit, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}

/** Every `$ref` of a document: `{ from, to }`. */
export function references(document) {
  const found = [];
  walk(document, (node, pointer) => {
    if (typeof node.$ref === "string") {
      found.push({ from: pointer, to: node.$ref });
    }
  });
  return found;
}

/** What a JSON pointer points to; undefined where there is nothing. */
export function at(document, pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((node, key) => (typeof node === "object" && node !== null ? node[key] : undefined), document);
}

/**
 * The definitions of a bundle that `roots` (JSON pointers) do not reach. A bundle by namespaces holds definitions in
 * members of `definitions` that are no schemas themselves.
 */
export function unreachable(bundle, roots) {
  const reached = new Set();
  const open = [...roots];
  while (open.length > 0) {
    const pointer = open.pop();
    if (reached.has(pointer)) {
      continue;
    }
    reached.add(pointer);
    for (const { to } of references(at(bundle, pointer))) {
      open.push(to.slice(1));
    }
  }
  return [...pointers(bundle)].filter((pointer) => !reached.has(pointer));
}

/** The pointers to the definitions of a bundle. A namespace is told from a definition by its lowercase name. */
export function* pointers(bundle) {
  for (const [name, value] of Object.entries(bundle.definitions)) {
    if (/^[A-Z]/.test(name)) {
      yield `/definitions/${name}`;
    } else {
      for (const inner of Object.keys(value)) {
        yield `/definitions/${name}/${inner}`;
      }
    }
  }
}
