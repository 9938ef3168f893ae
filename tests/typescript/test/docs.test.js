// Every link of the reference leads somewhere.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { describe, test } from "node:test";
import { display, files, protocols } from "../tree.js";

for (const { folder: generated, model } of protocols) {
  const folder = join(generated, "docs");

  /** The text of each page, by path below the folder. */
  const pages = new Map(
    files(folder, ".md").map((path) => [relative(folder, path).split(sep).join("/"), readFileSync(path, "utf8")]),
  );

  describe(display(folder), () => {
    test("every link leads to a page and an anchor", (t) => {
      let count = 0;
      const wrong = [];
      for (const [page, text] of pages) {
        for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
          if (/^[a-z]+:/.test(link)) {
            continue;
          }
          const [path, anchor] = link.split("#");
          const target = pages.get(path === "" ? page : posix.join(posix.dirname(page), path));
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

    test("every method and definition that is not Rust's alone is there", () => {
      const all = [...pages.values()].join("\n");
      const shown = ([, { visibility }]) => visibility !== "onlyRust";
      const anchor = (path) => `<a id="definition-${path.split("/").at(-1).toLowerCase()}"></a>`;
      const missing = [
        ...Object.entries(model.methods).filter(shown).map(([name]) => `### \`${name}\`\n`),
        ...Object.entries(model.definitions).filter(shown).map(([path]) => anchor(path)),
      ].filter((text) => !all.includes(text));
      assert.deepEqual(missing, []);
    });
  });
}
