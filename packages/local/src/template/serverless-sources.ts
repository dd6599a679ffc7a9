/** What a service's settings are made of: the file itself, what it includes, and what that includes. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** `${file(resources/tables.yml):progress}`, and a plugin of the project's own. */
const references = [/\bfile\(\s*["']?([^)"',\s]+)/g, /^[ \t]*-\s*["']?(\.\/[^"'\s]+)/gm];

/** The files that are there, the settings first; absolute. */
export async function includedFiles(file: string): Promise<string[]> {
  const root = dirname(file);
  const found = new Set([file]);
  // What is added on the way is visited too.
  for (const source of found) {
    const text = await readFile(source, "utf8");
    for (const reference of references) {
      for (const [, path] of text.matchAll(reference)) {
        const included = [resolve(root, path!), resolve(dirname(source), path!)].find(existsSync);
        if (included && /\.(ya?ml|json|[cm]?[jt]s)$/.test(included)) found.add(included);
      }
    }
  }
  const environment = [".env"].map((name) => join(root, name)).filter(existsSync);
  return [...found, ...environment];
}
