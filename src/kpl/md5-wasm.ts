// MD5 of eight messages at once. MD5 is one chain of additions that each wait for the one before, so one message
// leaves most of a processor idle; here two SIMD registers hold four messages each, a lane of 32 bits a message.
// RFC 1321; WebAssembly's core specification 2.0 for the instructions. JavaScript has no SIMD of its own, so the
// function is put together as WebAssembly here.

/** How many messages are hashed side by side. */
export const lanes = 8;
/** How much of a message lies in its lane at once: as many blocks of 64 bytes as fit into one page with the rest. */
export const laneBytes = 126 * 64;

/** The memory of the lanes, and the function that hashes what lies there. */
export interface Md5Module {
  readonly memory: Buffer;
  /** Where a lane's bytes begin in memory. */
  readonly startOf: (lane: number) => number;
  /** Begins another message in a lane. */
  readonly begin: (lane: number) => void;
  /** Takes in so many blocks of 64 bytes from the beginning of each lane. */
  readonly hash: (blocks: number) => void;
  /** One of the four 32-bit words of a lane's digest, as far as it has come. */
  readonly word: (lane: number, index: number) => number;
}

/** What is used of WebAssembly. TypeScript has its types with those of a browser only. */
interface Assembly {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { memory: { buffer: ArrayBuffer }; hash: Md5Module["hash"] };
  };
}

/** Throws where the machine has no SIMD. */
export function md5Module(): Md5Module {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Assembly }).WebAssembly;
  const { hash, memory } = new Instance(new Module(wasm())).exports;
  const { buffer } = memory;
  const words = new Int32Array(buffer);
  for (let i = 0; i < 64; i++) {
    words[constantsAt / 4 + i] = Math.abs(Math.sin(i + 1)) * 2 ** 32 - (i < 48 ? 0 : 1);
  }
  const wordAt = (lane: number, index: number) => (lane >> 2) * 16 + index * 4 + (lane & 3);
  return {
    memory: Buffer.from(buffer),
    startOf: (lane) => lanesAt + lane * laneBytes,
    begin(lane) {
      for (const [index, word] of firstState.entries()) words[wordAt(lane, index)] = word;
    },
    hash,
    word: (lane, index) => words[wordAt(lane, index)]!,
  };
}

const firstState = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];

// The one page of memory.
/** For each register group the state's a, b, c and d, 16 bytes each. */
const stateAt = 0;
/** The 64 constants of the steps. */
const constantsAt = 128;
/** For each group the block's 16 words, four lanes each. */
const wordsAt = 384;
const lanesAt = 1024;

const groups = lanes / 4;

// The instructions, as the specification writes them.
const i32 = 0x7f;
const v128 = 0x7b;
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const constant = (value: number) => [0x41, ...signed(value)];
const plus = 0x6a;
const loop = [0x03, 0x40];
const branchIf = 0x0d;
const end = 0x0b;
const load = (at: number) => [0xfd, 0x00, 4, ...unsigned(at)];
const loadForAll = (at: number) => [0xfd, 0x09, 2, ...unsigned(at)];
const store = (at: number) => [0xfd, 0x0b, 4, ...unsigned(at)];
/** In turn pieces of so many bytes from the lower or upper half of two values. */
const interleave = (size: number, half: number) => [
  ...[0xfd, 0x0d],
  ...Array.from({ length: 16 }, (_, index) => {
    const piece = Math.floor(index / size);
    return (piece & 1) * 16 + half * 8 + (piece >> 1) * size + (index % size);
  }),
];
const andNot = [0xfd, 0x4f];
const or = [0xfd, 0x50];
const xor = [0xfd, 0x51];
const select = [0xfd, 0x52];
const shiftLeft = [0xfd, 0xab, 1];
const shiftRight = [0xfd, 0xad, 1];
const add = [0xfd, 0xae, 1];
const subtract = [0xfd, 0xb1, 1];

// The function's locals.
const blocks = 0;
const position = 1;
const sum = 2;
const firstRegister = 3;
const zero = constant(0);

/** A module with `memory`, and `hash(blocks)`. */
function wasm(): Uint8Array {
  const code: number[] = [];
  const write = (...instructions: (number | readonly number[])[]) => {
    for (const instruction of instructions) {
      if (typeof instruction === "number") code.push(instruction);
      else code.push(...instruction);
    }
  };
  const registers = Array.from({ length: groups * 4 }, (_, index) => firstRegister + index);
  const rows = [0, 1, 2, 3].map((row) => firstRegister + registers.length + row);
  const savedAt = (local: number) => stateAt + (local - firstRegister) * 16;

  for (const local of registers) write(zero, load(savedAt(local)), set(local));
  write(loop);
  for (let group = 0; group < groups; group++) {
    const laneAt = (lane: number) => lanesAt + (group * 4 + lane) * laneBytes;
    for (let word = 0; word < 16; word += 4) {
      // A word of each of four lanes from four words of each.
      for (const [lane, row] of rows.entries()) {
        write(get(position), load(laneAt(lane) + word * 4), set(row));
      }
      const pair = (row: number, half: number) => [
        ...[...get(rows[row]!), ...get(rows[row + 1]!)],
        ...interleave(4, half),
      ];
      for (let column = 0; column < 4; column++) {
        const half = column >> 1;
        // The address of a store stands before its value.
        write(zero, pair(0, half), pair(2, half), interleave(8, column & 1));
        write(store(wordsAt + group * 256 + (word + column) * 16));
      }
    }
  }
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const word = [step, step * 5 + 1, step * 3 + 5, step * 7][round]! & 15;
    const left = shifts[round]![step & 3]!;
    for (let group = 0; group < groups; group++) {
      // The four change places with each step.
      const [a, b, c, d] = [0, 1, 2, 3].map(
        (part) => firstRegister + group * 4 + ((part - step) & 3),
      ) as [number, number, number, number];
      const mixed = [
        [get(c), get(d), get(b), select],
        [get(b), get(c), get(d), select],
        [get(b), get(c), get(d), xor, xor],
        [get(d), get(b), andNot, get(c), xor],
      ][round]!;
      write(get(a), zero, load(wordsAt + group * 256 + word * 16), add);
      write(zero, loadForAll(constantsAt + step * 4), add, ...mixed);
      // Of the last round that is the complement of what is to be added: x + ~y is x - y - 1.
      write(round < 3 ? add : subtract, tee(sum));
      write(constant(left), shiftLeft, get(sum), constant(32 - left), shiftRight, or);
      write(get(b), add, set(a));
    }
  }
  for (const local of registers) {
    write(get(local), zero, load(savedAt(local)), add, set(local));
    write(zero, get(local), store(savedAt(local)));
  }
  write(get(position), constant(64), plus, set(position));
  write(get(blocks), constant(-1), plus, tee(blocks), branchIf, 0, end, end);

  const locals = [2, 1, i32, 1 + registers.length + rows.length, v128];
  const text = (name: string) => [name.length, ...Buffer.from(name)];
  return new Uint8Array([
    ...Buffer.from("\0asm"),
    ...[1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...text("memory"), 2, 0, ...text("hash"), 0, 0]),
    ...section(10, [1, ...sized([...locals, ...code])]),
  ]);
}

const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]) => [id, ...sized(bytes)];

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)];
}

/** LEB128 of -64 to 127. */
function signed(value: number): number[] {
  return value < 64 ? [value & 127] : [(value & 127) | 128, 0];
}
