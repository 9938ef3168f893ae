// The TypeScript compilers, with the flags that emitted modules must pass.
//
// In: files. Out: what the compiler says about them, by file and line.

import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The compilers that users have: the current one, and the last that was written in TypeScript. */
export const compilers = ["typescript", "typescript-5"].map((name) => {
  const manifest = require.resolve(`${name}/package.json`);
  return { version: require(manifest).version, program: join(dirname(manifest), "bin/tsc") };
});

const options = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  declaration: true,
  module: "NodeNext",
  moduleResolution: "NodeNext",
  target: "ES2022",
  noEmit: true,
  types: [],
};

/**
 * Checks files, and returns the complaints: `{ file, line, message }`.
 *
 * @param {{ program: string }} compiler
 * @param {string} folder where a configuration is put
 * @param {string[]} files absolute paths
 * @param {object} more options besides the usual ones
 */
export function check({ program }, folder, files, more = {}) {
  const config = join(mkdtempSync(join(folder, "tsconfig-")), "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...options, ...more }, files }));
  return run(program, config);
}

function run(program, config) {
  return new Promise((resolve, reject) => {
    const command = [program, "--project", config, "--pretty", "false"];
    execFile(process.execPath, command, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const complaints = parse(stdout);
      // A run that failed without a complaint has not checked anything.
      if (error !== null && complaints.length === 0) {
        reject(new Error(`${command.join(" ")}: ${stdout}${stderr}`));
      } else {
        resolve(complaints);
      }
    });
  });
}

/** Complaints begin at the left; lines that are indented go on with the one before. */
function parse(output) {
  const complaints = [];
  for (const line of output.split(/\r?\n/).filter((line) => line !== "")) {
    const found = /^(.*)\((\d+),\d+\): (error .*)$/.exec(line);
    if (found !== null) {
      complaints.push({ file: found[1], line: Number(found[2]), message: found[3] });
    } else if (/^\s/.test(line) && complaints.length > 0) {
      complaints.at(-1).message += `\n${line}`;
    } else {
      complaints.push({ file: "", line: 0, message: line });
    }
  }
  return complaints;
}
