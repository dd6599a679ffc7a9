/** Addresses of IPv4 and IPv6, and ranges of them. */
import { isIPv6 } from "node:net";

/** 4 or 16 bytes. */
export type Address = readonly number[];

/** Undefined: it is no address. As in Java, an IPv6 address that stands for one of IPv4 is that one. */
export function addressOf(text: string): Address | undefined {
  return text.includes(":") ? ipv6(text) : ipv4(text);
}

function ipv4(text: string): Address | undefined {
  const parts = text.split(".", 5);
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,10}$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function ipv6(text: string): Address | undefined {
  // Neither a zone nor an IPv4 address at the end.
  if (text.length > 39 || !/^[\da-fA-F:]+$/.test(text) || !isIPv6(text)) return undefined;
  const [before = "", after] = text.split("::");
  const left = groups(before);
  const right = groups(after ?? "");
  const zeros = new Array(8 - left.length - right.length).fill(0);
  const bytes = [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 255]);
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  return isMapped && bytes[11] === 255 ? bytes.slice(12) : bytes;
}

const groups = (text: string) =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));

/** Whether text is an address of the range `10.0.0.0/24` or `2001:db8::/32`. Throws a TypeError. */
export function inRange(range: unknown): (text: string) => boolean {
  const [address = "", length = "", ...more] = typeof range === "string" ? range.split("/") : [];
  const base = addressOf(address);
  const bits = (base?.length ?? 0) * 8;
  if (!base || more.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) >= bits) {
    throw new TypeError(
      '"cidr" takes a range of IPv4 or IPv6, such as "10.0.0.0/24", with fewer bits than an address has.',
    );
  }
  const fixed = Number(length);
  return (text) => {
    const given = addressOf(text);
    return given?.length === base.length && given.every((byte, i) => same(byte, base[i]!, i));
  };

  function same(a: number, b: number, at: number): boolean {
    const free = Math.min(8, Math.max(0, 8 * (at + 1) - fixed));
    return a >> free === b >> free;
  }
}

/** Whether text is that address, however it is written. */
export function isAddress(address: Address): (text: string) => boolean {
  return (text) => {
    const given = addressOf(text);
    return given?.length === address.length && given.every((byte, i) => byte === address[i]);
  };
}
