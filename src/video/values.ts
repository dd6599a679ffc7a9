/** What the bytes of small elements mean. https://www.rfc-editor.org/rfc/rfc8794#section-7 */

const decoder = new TextDecoder();

/** Text, which may be filled up with zeros. */
export function utf8(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A whole number without a sign. */
export function unsigned(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}
