type BufferViewConstructor = new (memory: ArrayBufferLike, start: number, length: number) => Buffer;

/** A Buffer over a part of memory: what Buffer's own `subarray` makes, which costs twice as much. */
export const BufferView = (Buffer as unknown as Record<symbol, BufferViewConstructor>)[
  Symbol.species
]!;
