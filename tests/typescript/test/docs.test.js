// Every link of the reference leads somewhere.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { definitions, files, model, root } from "../tree.js";

const folder = join(root, "generated/docs");

/** The text of each page without code, by path below `generated/docs`. */
const pages = new Map(
  files(folder, ".md").map((path) => {
    const text = readFileSync(path, "utf8");
    return [path.slice(folder.length + 1).replaceAll("\\", "/"), text];
  }),
);

test("every link of the reference leads to a page and an anchor", (t) => {
  let count = 0;
  const wrong = [];
  for (const [page, text] of pages) {
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) {
        continue;
      }
      const [path, anchor] = link.split("#");
      const target = pages.get(path === "" ? page : posix.join(dirname(page), path));
      if (target === undefined || (anchor !== undefined && !target.includes(`<a id="${anchor}"></a>`))) {
        wrong.push(`${page}: ${link}`);
      }
      count += 1;
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 0);
  t.diagnostic(`${pages.size} pages, ${count} links`);
});

test("anchors are unique on their page", () => {
  for (const [page, text] of pages) {
    const anchors = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, anchor]) => anchor);
    assert.deepEqual(
      anchors.filter((anchor, at) => anchors.indexOf(anchor) !== at),
      [],
      page,
    );
  }
});

test("every method and definition that is not Rust's alone is in the reference", () => {
  const all = [...pages.values()].join("\n");
  const shown = ([, { visibility }]) => visibility !== "onlyRust";
  const missing = [
    ...Object.entries(model.methods).filter(shown).map(([name]) => `### \`${name}\`\n`),
    ...[...definitions].filter(shown).map(([name]) => `<a id="definition-${name.toLowerCase()}"></a>`),
  ].filter((text) => !all.includes(text));
  assert.deepEqual(missing, []);
});
