/** This repository's service, packaged once: without credentials, and without a network as far as a test can take it away. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface PackagedService {
  readonly folder: string;
  /** The compiled template, as JSON. */
  readonly template: {
    readonly Resources: Readonly<Record<string, CompiledResource>>;
    readonly Conditions: Readonly<Record<string, unknown>>;
  };
  remove(): Promise<void>;
}

export interface CompiledResource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Readonly<Record<string, any>>;
}

/** In a folder of its own, so that nothing else that packages the service is in the way. */
export async function packagedService(): Promise<PackagedService> {
  await mkdir(join(root, ".shardmill"), { recursive: true });
  const folder = await mkdtemp(join(root, ".shardmill", "package-"));
  await copyFile(join(root, "serverless.yml"), join(folder, "serverless.yml"));
  for (const part of ["handlers", "src", "tsconfig.json"]) {
    await symlink(join(root, part), join(folder, part));
  }
  const { NODE_COMPILE_CACHE, PATH } = process.env;
  const nowhere = "http://127.0.0.1:9";
  await promisify(execFile)(
    process.execPath,
    [join(root, "node_modules/serverless/bin/serverless.js"), "package"],
    {
      cwd: folder,
      env: {
        PATH,
        ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
        // The framework's checks of its settings, which it compiles for seconds, and would throw away with the folder.
        SLS_SCHEMA_CACHE_BASE_DIR: join(root, "node_modules/.cache"),
        HOME: folder,
        HTTP_PROXY: nowhere,
        HTTPS_PROXY: nowhere,
      },
    },
  );
  const compiled = join(folder, ".serverless/cloudformation-template-update-stack.json");
  return {
    folder,
    template: JSON.parse(await readFile(compiled, "utf8")),
    remove: () => rm(folder, { recursive: true }),
  };
}
