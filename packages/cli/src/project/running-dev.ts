/** How another terminal finds a `shardmill dev`: by a file in its project, and by what its address says of itself. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Endpoints } from "@shardmill/local/rig";

/** What the one address answers at `/_health`. */
export interface Health {
  readonly region: string;
  readonly services: Endpoints;
}

const fileIn = (folder: string) => join(folder, ".shardmill", "dev.json");

/** Says where it is, until the returned function is called. */
export async function announceDev(
  projectRoot: string,
  address: string,
): Promise<() => Promise<void>> {
  const file = fileIn(projectRoot);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ address })}\n`);
  return () => rm(file, { force: true });
}

/** The address of the `dev` of this folder's project, or of one above; where there is none, the usual one. */
export async function addressOfDev(cwd: string): Promise<string> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    try {
      return JSON.parse(await readFile(fileIn(folder), "utf8")).address;
    } catch {
      if (folder === dirname(folder)) return "http://127.0.0.1:4566";
    }
  }
}

/** Undefined: nothing answers there, or something else does. */
export async function healthOf(address: string): Promise<Health | undefined> {
  try {
    const response = await fetch(`${address}/_health`, { signal: AbortSignal.timeout(5_000) });
    const { status, region, services } = (await response.json()) as Health & { status: string };
    return status === "ok" && typeof region === "string" && services
      ? { region, services }
      : undefined;
  } catch {
    return undefined;
  }
}
