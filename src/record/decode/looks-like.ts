/** What a payload that cannot be read looks like, without anything that is in it. */

/** First bytes, in hexadecimal. The last two are those of gzip and Zstandard as base64 has them. */
const beginnings: Readonly<Record<string, string>> = {
  "1f8b": "gzip",
  "28b52ffd": "Zstandard",
  "7801": "zlib",
  "789c": "zlib",
  "78da": "zlib",
  "425a68": "bzip2",
  f3899ac2: "a damaged KPL aggregate",
  feff: "UTF-16 text",
  fffe: "UTF-16 text",
  "48347349": "gzip that was encoded as base64",
  "4b4c5576": "Zstandard that was encoded as base64",
};

/** That a payload is not what it should be: `The payload of 12 bytes is not gzip: it looks like JSON.` */
export function isNot(wanted: string, data: Uint8Array): string {
  if (data.length === 0) return `The payload is empty, and not ${wanted}.`;
  const first = Buffer.from(data.subarray(0, 4)).toString("hex");
  const known = Object.keys(beginnings).find((beginning) => first.startsWith(beginning));
  const what = known ? beginnings[known] : textOr(data.subarray(0, 512));
  return `The payload of ${data.length} bytes is not ${wanted}: it looks like ${what}.`;
}

function textOr(data: Uint8Array): string {
  const first = data.find((byte) => byte > 0x20);
  if (first === 0x7b || first === 0x5b) return "JSON";
  const isText = data.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
  return isText ? "text" : "nothing that is known here";
}
