/** The bytes that a sink puts of a record, for streams. */
import type { BatchRecord } from "../consumer/options.ts";
import { isBytes } from "../values/kinds.ts";
import { whenReady } from "../values/ready.ts";
import { checkFunction, type FromRecord } from "./sink.ts";

/** What `data` makes of a record, or its payload as it came; handed on to `use`. */
export function payloadOf<T>(who: string, data: FromRecord<T, Uint8Array | string> | undefined) {
  checkFunction(`${who}: data`, data);
  return <Made>(
    { idempotencyKey, record, value }: BatchRecord<T>,
    use: (payload: Uint8Array) => Made,
  ): Made | PromiseLike<Made> =>
    whenReady(data ? data(value, record, idempotencyKey) : record.data, (made) => {
      if (isBytes(made)) return use(made);
      if (typeof made === "string") return use(Buffer.from(made));
      throw new TypeError(`${who}: data must return text or bytes; it returned ${typeof made}.`);
    });
}
