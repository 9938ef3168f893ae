// What the Rust half of the agreement tests, `tests/agreement`, leaves for this one.
//
// In: the name of a file. Out: its text, made anew by Cargo where an emitted crate or a fixture is younger.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { files, protocols, root, shownInSchema } from "./tree.js";

const age = (path) => statSync(path).mtimeMs;

/** The text of a file in `target/agreement`. */
export function left(name) {
  const path = join(root, "target/agreement", name);
  const folders = [...protocols.map(({ folder }) => join(folder, "rust")), join(root, "tests/agreement")];
  const sources = [...folders.flatMap((folder) => files(folder, ".rs")), ...files(join(root, "fixtures"), ".json")];
  if (!existsSync(path) || sources.some((source) => age(source) > age(path))) {
    const command = ["test", "--quiet", "--locked", "--package", "wiregate-agreement-tests", "left_for"];
    execFileSync("cargo", command, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  }
  return readFileSync(path, "utf8");
}

/** Random messages of the definitions that the schema shows, with what Rust writes after it read each, or why not. */
export function randomMessages(model) {
  const shown = shownInSchema(model);
  return left(`${model.name}.messages.jsonl`)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ definition, ...message }) => ({ name: definition.split("/").at(-1), ...message }))
    .filter(({ name }) => shown.has(name));
}
