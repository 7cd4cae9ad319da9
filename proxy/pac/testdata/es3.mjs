// Parses a script from standard input as ECMAScript 3, and says where it is none,
// or uses properties that the third edition's strings, arrays, functions and
// expressions lack: node es3.mjs MODULES
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { parse } = await import(pathToFileURL(`${process.argv[2]}/acorn/dist/acorn.mjs`));
const known = new Set([
  "concat", "exec", "indexOf", "join", "length", "push", "replace", "slice", "split", "substring", "test", "toLowerCase", "toString",
]);

function look(node) {
  if (node.type === "MemberExpression" && !node.computed && !known.has(node.property.name)) {
    throw new Error(`.${node.property.name} is not one of ECMAScript 3's`);
  }
  for (const child of Object.values(node).flat()) {
    if (child?.type) look(child);
  }
}
try {
  look(parse(readFileSync(0, "utf8"), { ecmaVersion: 3, allowReserved: "never" }));
} catch (e) {
  console.error(e.message);
  process.exit(1);
}
