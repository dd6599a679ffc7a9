/**
 * Which points of a window are close together: DBSCAN (Ester, Kriegel, Sander and Xu, "A Density-Based Algorithm for Discovering Clusters in Large
 * Spatial Databases with Noise", KDD 1996) over a window that slides point by point. Neighbours are kept as bits, a row of them for each point, and
 * changed as points come and go; what is connected is found by walking whole words of them.
 */

export interface Window {
  readonly columns: number;
  readonly size: number;
  /** The square of how far neighbours are apart at most. */
  readonly reach: number;
  /** By place; a new point takes the place of the oldest. */
  readonly values: Float64Array;
  /** How many points have come. */
  count: number;
  /** Words of a row of bits. */
  readonly stride: number;
  /** By place: whom the point has as neighbours, itself among them. */
  readonly near: Uint32Array;
  /** How many those are. */
  readonly degrees: Uint16Array;
}

export function emptyWindow(columns: number, size: number, radius: number): Window {
  const stride = Math.ceil(size / 32);
  return {
    columns,
    size,
    reach: radius * radius,
    values: new Float64Array(size * columns),
    count: 0,
    stride,
    near: new Uint32Array(size * stride),
    degrees: new Uint16Array(size),
  };
}

/** Puts a point into the window, and the oldest out of it once the window is full. */
export function slide(window: Window, point: ArrayLike<number>): void {
  const { columns, size, values, near, degrees, stride, reach } = window;
  const place = window.count % size;
  const held = Math.min(window.count, size);
  if (held === size) forget(window, place);
  for (let i = 0; i < columns; i++) values[place * columns + i] = point[i]!;
  window.count++;
  const word = place >> 5;
  const bit = 1 << (place & 31);
  for (let other = 0; other < Math.min(window.count, size); other++) {
    if (squaredDistance(values, columns, place, other) > reach) continue;
    near[place * stride + (other >> 5)]! |= 1 << (other & 31);
    degrees[place]!++;
    if (other === place) continue;
    near[other * stride + word]! |= bit;
    degrees[other]!++;
  }
}

function forget({ size, near, degrees, stride }: Window, place: number): void {
  const word = place >> 5;
  const bit = 1 << (place & 31);
  for (let other = 0; other < size; other++) {
    const at = other * stride + word;
    if ((near[at]! & bit) === 0) continue;
    near[at]! &= ~bit;
    degrees[other]!--;
  }
  near.fill(0, place * stride, (place + 1) * stride);
  degrees[place] = 0;
}

function squaredDistance(
  values: Float64Array,
  columns: number,
  one: number,
  other: number,
): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) {
    const apart = values[one * columns + i]! - values[other * columns + i]!;
    sum += apart * apart;
  }
  return sum;
}

/**
 * The clusters of the window, each as the places of its points. A point with at least `least` neighbours, itself among them, is a core; cores that are
 * neighbours belong together, and a neighbour of a core belongs to the first cluster that reaches it. The cluster with the oldest core is first.
 */
export function clustersOf(window: Window, least: number): number[][] {
  const { size, count, stride, near, degrees } = window;
  const held = Math.min(count, size);
  const oldest = count > size ? count % size : 0;
  // Bits of those that no cluster has.
  const open = new Uint32Array(stride);
  for (let place = 0; place < held; place++) open[place >> 5]! |= 1 << (place & 31);
  const clusters: number[][] = [];
  for (let age = 0; age < held; age++) {
    const first = (oldest + age) % size;
    if (degrees[first]! < least || (open[first >> 5]! & (1 << (first & 31))) === 0) continue;
    const cluster = [first];
    open[first >> 5]! &= ~(1 << (first & 31));
    for (const core of cluster) {
      if (degrees[core]! < least) continue;
      const row = core * stride;
      for (let word = 0; word < stride; word++) {
        let fresh = near[row + word]! & open[word]!;
        if (fresh === 0) continue;
        open[word]! &= ~fresh;
        while (fresh !== 0) {
          cluster.push(32 * word + 31 - Math.clz32(fresh & -fresh));
          fresh &= fresh - 1;
        }
      }
    }
    clusters.push(cluster);
  }
  return clusters;
}
