/** A chart of lines on logarithmic axes, as SVG. */

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Points by the name of their line. */
  readonly lines: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>>;
}

const width = 640;
const height = 360;
const margin = { top: 44, right: 150, bottom: 48, left: 76 };
const colors = ["#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce"];

export function plot({ title, x, y, lines }: Chart): string {
  const points = Object.values(lines).flat();
  const across = axis(
    points.map(([value]) => value),
    margin.left,
    width - margin.right,
  );
  const up = axis(
    points.map(([, value]) => value),
    height - margin.bottom,
    margin.top,
  );
  const bottom = height - margin.bottom;
  const right = width - margin.right;
  const parts = [
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(margin.left, 24, title, 'font-size="15" font-weight="600"'),
    ...across.ticks.map(
      (value) =>
        line(across.at(value), margin.top, across.at(value), bottom, "#e5e7eb") +
        text(across.at(value), bottom + 18, short(value), 'text-anchor="middle"'),
    ),
    ...up.ticks.map(
      (value) =>
        line(margin.left, up.at(value), right, up.at(value), "#e5e7eb") +
        text(margin.left - 8, up.at(value) + 4, short(value), 'text-anchor="end"'),
    ),
    text((margin.left + right) / 2, height - 10, x, 'text-anchor="middle" fill="#4b5563"'),
    text(
      0,
      0,
      y,
      `text-anchor="middle" fill="#4b5563" transform="translate(16 ${(margin.top + bottom) / 2}) rotate(-90)"`,
    ),
    ...Object.entries(lines).map(([name, of], index) => {
      const places = of.map(([a, b]) => [across.at(a), up.at(b)] as const);
      return drawn(name, places, colors[index % colors.length]!);
    }),
  ];
  const named = `role="img" aria-label="${escaped(title)}"`;
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#111827"';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${named} ${style}>\n${parts.join("\n")}\n</svg>\n`;
}

function drawn(name: string, places: readonly (readonly [number, number])[], color: string) {
  const [endX, endY] = places[places.length - 1]!;
  const path = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const dots = places
    .map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${color}"/>`)
    .join("");
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}${text(endX + 10, endY + 4, name, `fill="${color}"`)}`;
}

interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** From the power of ten below the lowest value to the one above the highest. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
    at: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

const line = (x1: number, y1: number, x2: number, y2: number, color: string) =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${color}"/>`;

const text = (x: number, y: number, words: string, more = "") =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;

const escaped = (words: string) =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const short = (value: number) =>
  new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 2 }).format(value);
