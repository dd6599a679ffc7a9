/**
 * A certificate of the server's own, for clients that insist on TLS and can be told not to verify
 * it, or to trust it. X.509 is written here by hand: Node makes and signs with keys, and has
 * nothing to make a certificate with.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { Certificate } from "./connections.ts";

const day = 24 * 3_600_000;

/** Good for "localhost", the loopback addresses and `host`, for ten years from `now`. */
export function selfMadeCertificate(now: number, host = "localhost"): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(
    tlv(0x31, sequence(objectId(2, 5, 4, 3), tlv(0x0c, Buffer.from("shardmill kinesis")))),
  );
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(now - day), time(now + 3650 * day)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(alternativeNames(host), authority)),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, ecdsaWithSha256, bits(signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem("CERTIFICATE", certificate),
  };
}

function alternativeNames(host: string): Buffer {
  const dns = [...new Set(["localhost", host])].map((name) => tlv(0x82, Buffer.from(name)));
  const addresses = [
    [127, 0, 0, 1],
    [...new Array<number>(15).fill(0), 1],
  ];
  const ips = addresses.map((address) => tlv(0x87, Buffer.from(address)));
  return extension(objectId(2, 5, 29, 17), sequence(...dns, ...ips));
}

/** Lets a client trust the certificate as its own authority. */
const authority = extension(objectId(2, 5, 29, 19), sequence(tlv(0x01, Buffer.from([0xff]))));
const ecdsaWithSha256 = sequence(objectId(1, 2, 840, 10045, 4, 3, 2));

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, tlv(0x04, value));
}

/** DER: a tag, a length, a value. */
function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const long = length < 0x80 ? [] : length < 0x100 ? [0x81] : [0x82, length >> 8];
  return Buffer.concat([Buffer.from([tag, ...long, length & 0xff]), value]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function integer(value: Buffer): Buffer {
  return tlv(0x02, value);
}

function bits(value: Buffer): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.from([0]), value]));
}

function objectId(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = rest.flatMap((number) => {
    const sevens = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) sevens.unshift((left & 0x7f) | 0x80);
    return sevens;
  });
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

/** GeneralizedTime: "20260101000000Z". */
function time(at: number): Buffer {
  return tlv(0x18, Buffer.from(new Date(at).toISOString().replace(/\.\d+|[-:T]/g, "")));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
