/** A program that speaks the Lambda Runtime API as a custom runtime does, without our client: in Node.js, since that is here. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes `bootstrap` into a folder and returns its path. `body` is that of an async function with `event`, `requestId`
 * and `n` (from 1): what it returns is the response, what it throws the error.
 */
export function writeBootstrap(folder: string, body: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "bootstrap");
  writeFileSync(file, `#!${process.execPath}\n${source(body)}`);
  chmodSync(file, 0o755);
  return file;
}

const source = (body: string) => `
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation";
const handle = async (event, requestId, n) => {${body}};
(async () => {
  for (let n = 1; ; n++) {
    const next = await fetch(api + "/next");
    const requestId = next.headers.get("lambda-runtime-aws-request-id");
    const [path, answer] = await Promise.resolve(handle(await next.json(), requestId, n)).then(
      (response) => ["response", response ?? null],
      (error) => ["error", { errorType: error.name, errorMessage: error.message, stackTrace: [] }],
    );
    await fetch(api + "/" + requestId + "/" + path, { method: "POST", body: JSON.stringify(answer) });
  }
})().catch(() => process.exit(1));
`;
