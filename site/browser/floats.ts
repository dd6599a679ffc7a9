/** What a Buffer reads and writes floats with, in the place of the package `ieee754`: a browser's DataView does the same. */
const view = ({ buffer, byteOffset }: Uint8Array) => new DataView(buffer, byteOffset);

export function read(
  bytes: Uint8Array,
  at: number,
  isLittle: boolean,
  _mantissaBits: number,
  size: 4 | 8,
): number {
  return view(bytes)[size === 4 ? "getFloat32" : "getFloat64"](at, isLittle);
}

export function write(
  bytes: Uint8Array,
  value: number,
  at: number,
  isLittle: boolean,
  _mantissaBits: number,
  size: 4 | 8,
): void {
  view(bytes)[size === 4 ? "setFloat32" : "setFloat64"](at, value, isLittle);
}
