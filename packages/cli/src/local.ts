/**
 * `@shardmill/local`, an optional peer: the simulator, the mapping, the hosts and the reader of templates.
 * What imports it is itself imported only after it was found here.
 */

import { LocalError } from "./command-line/usage-error.ts";
import { version } from "./version.ts";

/** Rejects with a LocalError where `what` has nothing to run with. */
export async function requireLocal(what: string): Promise<void> {
  const found = await import("@shardmill/local/rig").catch((cause) => {
    if (!isMissing(cause)) throw cause;
    throw new LocalError(
      `${what} needs @shardmill/local, which is not installed here: npm install --save-dev @shardmill/local@${version}`,
      { cause },
    );
  });
  if (found.version === version) return;
  throw new LocalError(
    `${what} needs the version of @shardmill/local that @shardmill/cli has, ${version}, and here is ${found.version ?? "an older one"}: npm install --save-dev @shardmill/cli@${version} @shardmill/local@${version}`,
  );
}

/** The package itself, or its part for this one, and nothing that it needs. */
const isMissing = ({ code, message }: NodeJS.ErrnoException) =>
  (code === "ERR_MODULE_NOT_FOUND" && /'@shardmill\/local'|@shardmill\/local\/rig/.test(message)) ||
  code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
