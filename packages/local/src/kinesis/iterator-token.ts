/**
 * Shard iterators as opaque tokens. A token says everything itself (stream, shard, position, when
 * it was issued), so that none has to be remembered; a checksum tells it from arbitrary text.
 */
import { hash } from "node:crypto";
import { invalidArgument, KinesisError } from "./error.ts";

export interface IteratorToken {
  readonly streamName: string;
  /** 16 hexadecimal digits. */
  readonly incarnation: string;
  readonly shardIndex: number;
  /** The index of the first record to read. */
  readonly position: number;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

const lifetime = 300_000;
const fixedBytes = 37;
const checksumBytes = 8;
const version = 1;

/** At most 232 characters of base64. */
export function encodeIterator(token: IteratorToken): string {
  const bytes = Buffer.alloc(fixedBytes + token.streamName.length + checksumBytes);
  bytes.writeUInt8(1, 7);
  bytes.writeUInt8(version, 8);
  bytes.write(token.incarnation, 9, "hex");
  bytes.writeUInt32BE(token.shardIndex, 17);
  bytes.writeDoubleBE(token.position, 21);
  bytes.writeDoubleBE(token.issuedAt, 29);
  bytes.write(token.streamName, fixedBytes, "latin1");
  checksum(bytes).copy(bytes, bytes.length - checksumBytes);
  return bytes.toString("base64");
}

/**
 * Throws InvalidArgumentException for what is no iterator, ExpiredIteratorException for an old one.
 * As on AWS, an iterator may stand in double quotes, as scripts copy it out of JSON.
 */
export function decodeIterator(given: string, now: number): IteratorToken {
  const text = /^"(.*)"$/.exec(given)?.[1] ?? given;
  const bytes = Buffer.from(text, "base64");
  const whole = bytes.length > fixedBytes + checksumBytes && bytes.toString("base64") === text;
  if (!whole || !checksum(bytes).equals(bytes.subarray(-checksumBytes)) || bytes[8] !== version) {
    throw invalidArgument("Invalid ShardIterator.");
  }
  const issuedAt = bytes.readDoubleBE(29);
  const position = bytes.readDoubleBE(21);
  if (!Number.isFinite(issuedAt) || !Number.isSafeInteger(position)) {
    throw invalidArgument("Invalid ShardIterator.");
  }
  if (now - issuedAt > lifetime) {
    throw new KinesisError(
      "ExpiredIteratorException",
      `Iterator expired. The iterator was created at time ${utc(issuedAt)} while right now it is ${utc(now)} which is further in the future than the tolerated delay of ${lifetime} milliseconds.`,
    );
  }
  return {
    streamName: bytes.toString("latin1", fixedBytes, bytes.length - checksumBytes),
    incarnation: bytes.toString("hex", 9, 17),
    shardIndex: bytes.readUInt32BE(17),
    position,
    issuedAt,
  };
}

function checksum(bytes: Buffer): Buffer {
  const digest = hash("md5", bytes.subarray(0, -checksumBytes), "buffer");
  return digest.subarray(0, checksumBytes);
}

/** As in "Thu Jan 22 01:22:02 UTC 2015". */
function utc(time: number): string {
  const [weekday, day, month, year, clock] = new Date(time).toUTCString().split(/,? /);
  return `${weekday} ${month} ${day} ${clock} UTC ${year}`;
}
