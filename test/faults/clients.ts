/** Clients of the SDK over what the simulation has in the place of AWS. */
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

type Send = (command: never) => Promise<unknown>;

/** The SDK's paginators ask for an instance of the client's class; only its `send` is used. */
const clientOf = <C extends object>(Client: { readonly prototype: C }, send: Send): C =>
  Object.assign(Object.create(Client.prototype), { send, destroy() {} });

export const documentClientOf = (send: Send) => clientOf(DynamoDBDocumentClient, send);
export const s3ClientOf = (send: Send) => clientOf(S3Client, send);

/** Sends what may go better another time again, as the SDK's clients do: also what was done, and whose reply was lost. */
export const retrying =
  (send: Send, times: number): Send =>
  async (command) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send(command);
      } catch (error) {
        if (attempt === times || !mayGoBetter.test((error as Error).name)) throw error;
      }
    }
  };

const mayGoBetter = /Throughput|Throttl|SlowDown|Internal|Timeout|TransactionConflict/;
