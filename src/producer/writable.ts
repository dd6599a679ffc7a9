/** A producer as the end of a pipeline of Node's streams. */
import type { Writable } from "node:stream";
import type { PutError } from "./errors.ts";
import type { KinesisProducer, ProducerRecord } from "./options.ts";

/**
 * A stream of Node's in object mode that takes records, with backpressure: it is read as far as the producer has room. It ends when all
 * are in; a record that is given up destroys it.
 *
 * @example
 * await pipeline(ordersFrom(file), writableOf(producer));
 */
export function writableOf<V>(producer: KinesisProducer<V>): Writable {
  // Not imported: as a module it makes the start longer of those who do not need it.
  const { Writable } = process.getBuiltinModule("node:stream");
  const unsettled = new Set<Promise<unknown>>();

  async function write(record: ProducerRecord<V>): Promise<void> {
    let result = producer.tryPut(record);
    for (; !result; result = producer.tryPut(record)) await producer.room();
    const settled = result.then(
      () => {
        unsettled.delete(settled);
      },
      (error: PutError) => {
        unsettled.delete(settled);
        writable.destroy(error);
      },
    );
    unsettled.add(settled);
  }

  const writable = new Writable({
    objectMode: true,
    write: (record, _, done) => void write(record).then(() => done(), done),
    final: (done) =>
      void producer
        .flush()
        .then(() => Promise.all(unsettled))
        .then(() => done(), done),
  });
  return writable;
}
