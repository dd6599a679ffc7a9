/** The services of a `shardmill dev` that runs in another terminal. */

import { type Endpoints, type LocalService, localServices } from "@shardmill/local/rig";
import { healthOf } from "./running-dev.ts";

/**
 * Services that already run on this machine, as the environment says: after the lines that
 * `shardmill dev` prints were pasted. Addresses elsewhere are not taken: nothing goes to the cloud.
 */
export async function runningServices(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Endpoints> {
  const found: Partial<Record<LocalService, string>> = {};
  // One address for all: it says where each service is.
  const one = env.AWS_ENDPOINT_URL?.replace(/\/$/, "");
  if (one !== undefined && isHere(one)) Object.assign(found, (await healthOf(one))?.services);
  for (const service of localServices) {
    const name = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
    const url = env[name];
    if (!url || !isHere(url)) continue;
    await fetch(url, { method: "OPTIONS" }).catch((cause) => {
      throw new Error(
        `${name} says ${url}, and nothing answers there. Start shardmill dev, or unset the variable.`,
        { cause },
      );
    });
    found[service] = url.replace(/\/$/, "");
  }
  return found;
}

const isHere = (url: string) => /^https?:\/\/(127\.|localhost[:/]|\[::1\])/.test(`${url}/`);
