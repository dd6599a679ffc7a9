/** From data that holds several records to each of them. */

/** The pieces between delimiters; what is empty is left out. */
export function splitByDelimiter(data: Uint8Array, delimiter: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(delimiter, at);
    const end = found < 0 ? bytes.length : found;
    if (end > at) parts.push(bytes.subarray(at, end));
    at = end + delimiter.length;
  }
  return parts;
}

const [quote, backslash, open, close] = [0x22, 0x5c, 0x7b, 0x7d];
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/**
 * JSON objects that follow each other, without what is between them. Undefined where there is
 * anything but objects and white space: a list, a number, an object that does not end.
 */
export function splitJson(data: Uint8Array): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    if (isSpace(data[at]!)) at++;
    else {
      const end = objectEnd(data, at);
      if (end === undefined) return undefined;
      parts.push(data.subarray(at, end));
      at = end;
    }
  }
  return parts;
}

/** Where the object ends that begins at `start`; undefined: there is none, or it has no end. */
function objectEnd(data: Uint8Array, start: number): number | undefined {
  if (data[start] !== open) return undefined;
  let depth = 0;
  let inText = false;
  for (let at = start; at < data.length; at++) {
    const byte = data[at];
    if (inText) {
      if (byte === backslash) at++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === open) depth++;
    else if (byte === close && --depth === 0) return at + 1;
  }
  return undefined;
}
