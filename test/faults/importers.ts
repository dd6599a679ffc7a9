/** Which files of the repository a patch reaches: those that import the patched one, themselves or through others. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is imported for its types alone is gone when it runs. */
const imported =
  /^(?:import|export)\s(?!type\s)[^;]*?"(\.{1,2}\/[^"]+\.ts)";|\bimport\("(\.{1,2}\/[^"]+\.ts)"\)/gm;

const known = new Map<string, readonly string[]>();

function importsOf(file: string): readonly string[] {
  const found =
    known.get(file) ??
    Array.from(readFileSync(join(root, file), "utf8").matchAll(imported), ([, one, other]) =>
      join(dirname(file), (one ?? other)!),
    );
  known.set(file, found);
  return found;
}

/** Of all that `entry` leads to, the patched files and those that a patch reaches. Paths from the repository's root. */
export function reached(entry: string, patched: readonly string[]): ReadonlySet<string> {
  const importers = new Map<string, string[]>([[entry, []]]);
  // A map gives what is added on the way, too.
  for (const file of importers.keys()) {
    for (const to of importsOf(file)) {
      if (!importers.has(to)) importers.set(to, []);
      importers.get(to)!.push(file);
    }
  }
  const stray = patched.find((file) => !importers.has(file));
  if (stray !== undefined) throw new Error(`${entry} does not lead to ${stray}.`);
  const found = new Set(patched);
  for (const file of found) for (const importer of importers.get(file)!) found.add(importer);
  return found;
}
