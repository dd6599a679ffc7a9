/** What a reader makes of a file's bytes. */
import {
  type InputRecord,
  type ReadInputOptions,
  readInput,
} from "../../../packages/cli/src/input/index.ts";

const now = Date.UTC(2026, 10, 21);

export async function read(
  file: string,
  text: string | Uint8Array,
  options: ReadInputOptions = {},
) {
  const bytes = Buffer.from(text as string);
  // Cut where it hurts: in the middle of lines and characters.
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  };
  const records: InputRecord[] = [];
  for await (const record of readInput({ file, chunks: chunks() }, { now, ...options })) {
    records.push(record);
  }
  return records;
}

export const texts = (records: readonly InputRecord[]) =>
  records.map(({ data }) => Buffer.from(data).toString());
export const values = (records: readonly InputRecord[]) =>
  texts(records).map((text) => JSON.parse(text));
export const lines = (records: readonly InputRecord[]) => records.map(({ source }) => source.line);

/** With what was left out. */
export async function readSkipping(
  file: string,
  text: string | Uint8Array,
  options: ReadInputOptions = {},
) {
  const bad: string[] = [];
  const onBadLine = ({ message }: Error) => void bad.push(message);
  return { records: await read(file, text, { ...options, onBadLine }), bad };
}
