import { readFileSync } from "node:fs";

const manifest = new URL("../package.json", import.meta.url);

/** Of this package, whose sources and whose build both stand one folder below its package.json. */
export const version: string = JSON.parse(readFileSync(manifest, "utf8")).version;
