/** One call to a service of this machine, in AWS's JSON protocol: a client would take longer to load. */

/** Resolves to the parsed answer. Rejects with an error named as the service names it. */
export async function callService(
  endpoint: string,
  { target, version = "1.0", signingName }: ServiceProtocol,
  operation: string,
  input: object,
): Promise<any> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": `${target}.${operation}`,
      ...signed(signingName),
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  const answer = text === "" ? {} : JSON.parse(text);
  if (response.ok) return answer;
  const error = new Error(answer.message ?? answer.Message ?? text);
  error.name = String(answer.__type ?? `HTTP ${response.status}`)
    .split("#")
    .at(-1)!;
  throw error;
}

/** A call in AWS's query protocol. Resolves to the XML of the answer. */
export async function form(
  endpoint: string,
  signingName: string,
  Action: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new URLSearchParams({ Action, Version: "2010-03-31", ...fields });
  return xml(await fetch(endpoint, { method: "POST", headers: signed(signingName), body }));
}

/** Puts something into S3, or a bucket there. */
export async function put(
  url: string,
  body?: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const method = "PUT";
  await xml(
    await fetch(url, {
      method,
      headers: { ...signed("s3"), ...headers },
      // Lib DOM, under which the page is checked, takes no bytes that may be shared.
      body: (body ?? null) as string | null,
    }),
  );
}

async function xml(response: Response): Promise<string> {
  const text = await response.text();
  if (response.ok) return text;
  const [, message = `it answered ${response.status}`] = /<Message>([^<]*)/.exec(text) ?? [];
  const error = new Error(message);
  error.name = /<Code>([^<]*)/.exec(text)?.[1] ?? "Error";
  throw error;
}

/** Services of this machine ask for a signature, and check none. */
export const signed = (signingName: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/${signingName}/aws4_request, SignedHeaders=host, Signature=local`,
});

export interface ServiceProtocol {
  /** Before the operation in `x-amz-target`. */
  readonly target: string;
  /** @default "1.0" */
  readonly version?: string;
  readonly signingName: string;
}

export const dynamodbProtocol = { target: "DynamoDB_20120810", signingName: "dynamodb" } as const;
export const sqsProtocol = { target: "AmazonSQS", signingName: "sqs" } as const;
