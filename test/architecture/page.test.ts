/** ARCHITECTURE.md names what is there: files, folders, functions, and every room. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./imports.ts";
import { rooms } from "./rooms.ts";

const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

/** Paragraphs, items of lists and rows of tables. */
const blocks = page.split(/\n(?=\n|#|\||- |\d+\. )/);

const linksIn = (text: string) => [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path!);

it("every path of the page is there", () => {
  expect(linksIn(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it("every function of the page is declared in a file that its paragraph or row names", () => {
  const named = blocks.flatMap((block) =>
    [...block.matchAll(/`(\w+)\(\)`/g)].map(([, name]) => ({ name: name!, files: linksIn(block) })),
  );
  expect(named.length).toBeGreaterThan(5);
  const missing = named.filter(({ name, files }) => !files.some((file) => declares(file, name)));
  expect(missing).toEqual([]);
});

it("every room of the table is on the map", () => {
  const map = new Set(linksIn(page));
  // Of the packages the map names each as a whole.
  const shown = Object.keys(rooms).filter((room) => !/^(src|packages\/\w+\/src\/.*)$/.test(room));
  const missing = shown.filter((room) => !map.has(room));
  expect(missing).toEqual([]);
});

/** As a function, a constant or a method. */
function declares(file: string, name: string): boolean {
  if (!statSync(join(root, file)).isFile()) return false;
  const declaration = new RegExp(
    `^\\s*(export )?((async )?function|const|class) ${name}\\b|^ +(async )?${name}[(<].*[{(]$`,
    "m",
  );
  return declaration.test(readFileSync(join(root, file), "utf8"));
}
