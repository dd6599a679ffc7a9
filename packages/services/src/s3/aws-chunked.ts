/**
 * The content encoding `aws-chunked`: chunks with their length in hexadecimal, perhaps signed, and
 * after the last one the headers that could be known only then.
 *
 *     5;chunk-signature=…␍␊hello␍␊0␍␊x-amz-checksum-crc32:NhCmhg==␍␊␍␊
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { S3Error } from "./error.ts";

const longestLine = 8 * 1024;

/** Yields what is in the chunks. `onTrailer` gets each header after them, its name in lower case. */
export async function* awsChunked(
  body: AsyncIterable<Uint8Array>,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Uint8Array> {
  const input = reader(body);
  for (;;) {
    const line = await input.line();
    const [length = ""] = line.split(";");
    if (!/^[\da-fA-F]{1,12}$/.test(length)) throw incomplete();
    let left = Number.parseInt(length, 16);
    if (left === 0) break;
    while (left > 0) {
      const bytes = await input.some(left);
      left -= bytes.length;
      yield bytes;
    }
    if ((await input.line()) !== "") throw incomplete();
  }
  for (let line = await input.lastLine(); line !== ""; line = await input.lastLine()) {
    const colon = line.indexOf(":");
    if (colon > 0) onTrailer(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  // What comes after is none of this object's.
  while (await input.more());
}

function reader(body: AsyncIterable<Uint8Array>) {
  const source = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  /** False: there is no more. */
  async function more(): Promise<boolean> {
    const { done, value } = await source.next();
    if (done) return false;
    held = held.length === 0 ? Buffer.from(value) : Buffer.concat([held, value]);
    return true;
  }

  async function readLine(atEnd: () => string): Promise<string> {
    for (;;) {
      const end = held.indexOf("\r\n");
      if (end >= 0) {
        const line = held.toString("latin1", 0, end);
        held = held.subarray(end + 2);
        return line;
      }
      if (held.length > longestLine) throw incomplete();
      if (!(await more())) return atEnd();
    }
  }

  return {
    async more() {
      held = Buffer.alloc(0);
      return more();
    },
    line: () =>
      readLine(() => {
        throw incomplete();
      }),
    /** Some clients leave out the empty line at the end. */
    lastLine: () => readLine(() => ""),
    async some(most: number): Promise<Uint8Array> {
      while (held.length === 0) if (!(await more())) throw incomplete();
      const bytes = held.subarray(0, most);
      held = held.subarray(bytes.length);
      return bytes;
    },
  };
}

export const incomplete = () =>
  new S3Error(
    400,
    "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header",
  );
