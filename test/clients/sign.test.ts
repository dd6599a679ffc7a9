import { createHash, createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { signedHeaders } from "../../src/aws/sign.ts";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

/** A hash as Smithy takes it. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Buffer };
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** Another's signature of the same request, from the copy of Smithy's signer in the AWS SDK. */
async function smithy(url: string, body: string, sessionToken?: string): Promise<string> {
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { hostname, pathname, searchParams } = new URL(url);
  const signer = new SignatureV4({
    service: "es",
    region: "us-east-1",
    credentials: { ...credentials, ...(sessionToken && { sessionToken }) },
    sha256: Sha256 as never,
  });
  const signed = await signer.sign(
    {
      method: "POST",
      protocol: "https:",
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host: hostname, "content-type": "application/x-ndjson" },
      body,
    },
    { signingDate: new Date(1_767_225_600_000) },
  );
  return signed.headers.authorization!;
}

it.each([
  ["https://search.us-east-1.es.amazonaws.com/_bulk", '{"index":{}}\n', undefined],
  ["https://search.us-east-1.es.amazonaws.com/a/b%20c/_bulk?z=1&a=x%2Fy", "", undefined],
  ["https://search.us-east-1.es.amazonaws.com/_bulk", "é\n", "a token"],
])("%s is signed as Smithy signs it", async (url, body, sessionToken) => {
  const { authorization } = signedHeaders({
    method: "POST",
    url,
    headers: { "content-type": "application/x-ndjson" },
    body: Buffer.from(body),
    service: "es",
    region: "us-east-1",
    credentials: { ...credentials, sessionToken },
    now: 1_767_225_600_000,
  });
  expect(authorization).toBe(await smithy(url, body, sessionToken));
});
