/** What the tests import by the packages' names is their sources. */
import { fileURLToPath } from "node:url";

const source = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const aliases: readonly { readonly find: RegExp; readonly replacement: string }[] = [
  { find: /^shardmill$/, replacement: source("src/index.ts") },
  { find: /^shardmill\/(\w+)$/, replacement: source("src/$1.ts") },
  { find: /^@shardmill\/local$/, replacement: source("packages/local/src/index.ts") },
  { find: /^@shardmill\/local\/rig$/, replacement: source("packages/local/src/rig.ts") },
];
