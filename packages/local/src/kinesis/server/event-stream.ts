/**
 * Frames of an event stream, `application/vnd.amazon.eventstream`:
 *
 *     length (4) | length of headers (4) | CRC32 of these (4) | headers | payload | CRC32 of all (4)
 */
import { crc32 } from "node:zlib";

export const eventStreamType = "application/vnd.amazon.eventstream";

const textHeader = 7;

export function eventFrame(eventType: string, contentType: string, payload: Buffer): Buffer {
  return frame(
    { ":message-type": "event", ":event-type": eventType, ":content-type": contentType },
    payload,
  );
}

export function exceptionFrame(code: string, contentType: string, payload: Buffer): Buffer {
  return frame(
    { ":message-type": "exception", ":exception-type": code, ":content-type": contentType },
    payload,
  );
}

function frame(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(header));
  const bytes = Buffer.alloc(16 + head.length + payload.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  head.copy(bytes, 12);
  payload.copy(bytes, 12 + head.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** Length of the name (1), the name, the type (1), length of the value (2), the value. */
function header([name, value]: [string, string]): Buffer {
  const sizes = Buffer.from([textHeader, value.length >> 8, value.length & 0xff]);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), sizes, Buffer.from(value)]);
}
