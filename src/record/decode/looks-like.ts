/** What a payload that cannot be read looks like, without anything that is in it. */

const beginnings: readonly (readonly [beginning: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], "gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "Zstandard"],
  [[0x78, 0x01], "zlib (deflate)"],
  [[0x78, 0x5e], "zlib (deflate)"],
  [[0x78, 0x9c], "zlib (deflate)"],
  [[0x78, 0xda], "zlib (deflate)"],
  [[0x42, 0x5a, 0x68], "bzip2"],
  [[0x04, 0x22, 0x4d, 0x18], "LZ4"],
  [[0xff, 0x06, 0x00, 0x00], "Snappy"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive"],
  [[0xf3, 0x89, 0x9a, 0xc2], "a KPL aggregate that is damaged"],
  [[0x4f, 0x62, 0x6a, 0x01], "an Avro file"],
  [[0xfe, 0xff], "UTF-16 text"],
  [[0xff, 0xfe], "UTF-16 text"],
  // In base64.
  [[0x48, 0x34, 0x73, 0x49], "gzip that was encoded as base64"],
  [[0x4b, 0x4c, 0x55, 0x76], "Zstandard that was encoded as base64"],
];

/** That a payload is not what it should be: `The payload of 12 bytes is not gzip: it looks like JSON.` */
export function isNot(wanted: string, data: Uint8Array): string {
  if (data.length === 0) return `The payload is empty, and not ${wanted}.`;
  const known = beginnings.find(([beginning]) => beginning.every((byte, at) => data[at] === byte));
  const size = data.length === 1 ? "1 byte" : `${data.length} bytes`;
  return `The payload of ${size} is not ${wanted}: it looks like ${known?.[1] ?? textOr(data)}.`;
}

function textOr(data: Uint8Array): string {
  const beginning = data.subarray(0, 512);
  const first = beginning.find((byte) => byte > 0x20);
  if (first === 0x7b || first === 0x5b) return "JSON";
  const isText = beginning.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
  return isText ? "text" : "no form that is known here";
}
