/** The points that the trees of a forest share: each is kept once, for as long as a tree has it in its sample. */

export interface Points {
  readonly dimensions: number;
  readonly most: number;
  /** One point after the other. */
  values: Float32Array;
  /** How many entries of samples name the point; 0: its place is free. */
  uses: Int32Array;
  /** Free places below `end`. */
  readonly free: number[];
  /** No place from here on was ever taken. */
  end: number;
}

/** With room for so many points at first, and for `most` in the end. */
export const emptyPoints = (dimensions: number, room: number, most: number): Points => ({
  dimensions,
  most,
  values: new Float32Array(room * dimensions),
  uses: new Int32Array(room),
  free: [],
  end: 0,
});

/** Puts a point that nothing uses yet, and says where. */
export function putPoint(points: Points, point: Float32Array): number {
  const place = points.free.pop() ?? points.end++;
  if (place === points.uses.length) makeRoom(points);
  points.values.set(point, place * points.dimensions);
  return place;
}

/** One entry of a sample less names the point. */
export function releasePoint(points: Points, place: number): void {
  if (--points.uses[place]! === 0) points.free.push(place);
}

function makeRoom(points: Points): void {
  const room = Math.min(Math.ceil(1.5 * points.uses.length), points.most);
  const values = new Float32Array(room * points.dimensions);
  values.set(points.values);
  points.values = values;
  const uses = new Int32Array(room);
  uses.set(points.uses);
  points.uses = uses;
}
