/** The function that records go back through, and the deployed one. */
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { explainAwsError } from "../aws/client.ts";

export interface FunctionTarget {
  readonly name: string;
  /** What Lambda calls it, without its account and qualifier. Undefined: not known. */
  readonly functionName: string | undefined;
  /** Resolves to its response. Rejects with an InvocationError when it failed. */
  invoke(event: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** The invocation failed, and is over. Any other error leaves open what became of it. */
export class InvocationError extends Error {}

/** There is no such function, or nobody that could be asked: nothing ran, and nothing will. */
export class NotInvokedError extends Error {}

/** Lambda's longest timeout, and a little more. */
const longestMs = 905_000;

/** Of a name, an ARN or the parts of one, with a qualifier or without. */
export const functionNameIn = (name: string): string =>
  name.replace(/^.*:function:/, "").split(":")[0]!;

/** A deployed function, by its name or its ARN. */
export async function deployedFunction(
  config: LambdaClientConfig,
  name: string,
): Promise<FunctionTarget> {
  const { LambdaClient, InvokeCommand } = await import("@aws-sdk/client-lambda");
  // An invocation that was sent twice would run twice.
  const client = new LambdaClient({
    maxAttempts: 1,
    requestHandler: { requestTimeout: longestMs },
    ...config,
  });
  return {
    name,
    functionName: functionNameIn(name),
    async invoke(event) {
      const answer = await client
        .send(
          new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
        )
        .catch(async (cause: Error & { $metadata?: { httpStatusCode?: number } }) => {
          const status = cause.$metadata?.httpStatusCode ?? 0;
          if (status === 429) throw new InvocationError(cause.message, { cause });
          const isRefused = status >= 400 && status < 500;
          const isUnheard = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|Credentials|Region is missing/.test(
            `${cause.name} ${cause.message}`,
          );
          if (!isRefused && !isUnheard) throw cause;
          const { message } = await explainAwsError(cause, {
            ...{ what: `function ${name}`, name, client },
          });
          throw new NotInvokedError(message, { cause });
        });
      const text = Buffer.from(answer.Payload ?? []).toString() || "null";
      const response = JSON.parse(text);
      if (answer.FunctionError === undefined) return response;
      throw new InvocationError(`${response?.errorType ?? "Error"}: ${response?.errorMessage}`);
    },
    async close() {
      client.destroy();
    },
  };
}
