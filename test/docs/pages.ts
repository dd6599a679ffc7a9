/** README.md and what it leads to, from the repository's root. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

export const pages: readonly string[] = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...["docs", "docs/decisions", "docs/bench"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((page) => `${folder}/${page}`),
  ),
].filter((page) => page.endsWith(".md"));

export const textOf = (page: string): string => readFileSync(join(root, page), "utf8");
