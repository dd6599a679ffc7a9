/** Failure documents in files, which stay as they are. */
import {
  type FailedBatch,
  failedBatch,
  InputError,
  isFailureDocument,
  openInput,
  textOf,
} from "../input/index.ts";
import { parseJson } from "../input/parse-json.ts";
import type { Hold, Source } from "./found.ts";

/** All are opened first: a mistyped name is said before anything comes back. */
export async function filesSource(files: readonly string[]): Promise<Source> {
  const inputs = await Promise.all(files.map((file) => openInput(file)));
  return {
    async *find() {
      for (const input of inputs) {
        const { file } = input;
        const text = await textOf(input);
        for (const batch of await batchesIn(text, file)) {
          yield { kind: "failed", batch, hold: fileHold(file) };
        }
      }
    },
    close() {},
  };
}

/** One document, or one a line. */
async function batchesIn(text: string, file: string): Promise<FailedBatch[]> {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) return [];
  const isOnePerLine = isJson(lines[first]!);
  const documents = isOnePerLine
    ? lines.flatMap((line, index) => (line.trim() === "" ? [] : [{ text: line, line: index + 1 }]))
    : [{ text, line: 1 }];
  const batches: FailedBatch[] = [];
  for (const { text, line } of documents) {
    const source = { file, line, end: 0 };
    const place = isOnePerLine ? `${file}:${line}` : file;
    const value = parseJson(text, place);
    if (!isFailureDocument(value)) throw new InputError("this is no failure document.", source);
    batches.push(failedBatch(value, source));
  }
  return batches;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const fileHold = (file: string): Hold => ({
  where: file,
  confirm: async () => {},
  take: async () => true,
  finish: async () => true,
  giveBack: async () => {},
});
