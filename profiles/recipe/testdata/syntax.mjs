// Parses a file of a language by its tree-sitter grammar, and says where it is
// none: node syntax.mjs MODULES GRAMMAR.wasm FILE
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, grammar, file] = process.argv.slice(2);
const { Parser, Language } = await import(pathToFileURL(`${modules}/web-tree-sitter/web-tree-sitter.js`));
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(`${modules}/${grammar}`));
const text = readFileSync(file, "utf8");

function broken(node) {
  if (node.isError || node.isMissing) return [node];
  return node.children.flatMap((child) => (child?.hasError ? broken(child) : []));
}
const found = broken(parser.parse(text).rootNode);
for (const node of found) {
  console.error(`line ${node.startPosition.row + 1}: ${node.isMissing ? `lacks ${node.type}` : node.text}`);
}
process.exit(found.length ? 1 : 0);
