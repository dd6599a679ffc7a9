/** What windows and SQL count in their benches, and the loop that anybody would have written for it. */

export interface Trade {
  readonly exchange: string;
  readonly symbol: string;
  readonly price: number;
  readonly shares: number;
}

/** What the trades of an exchange and a symbol come to. */
export interface Total {
  trades: number;
  shares: number;
  high: number;
}

export const records = 10_000;
export const arrival = Date.UTC(2026, 0, 1);

/** 2,500 groups of two columns. */
export const trades = Array.from({ length: records }, (_, n): Trade => {
  const place = (n * 7919) % 2500;
  return {
    exchange: `X${place % 25}`,
    symbol: `SYM${Math.floor(place / 25)}`,
    price: 100 + (n % 997) / 4,
    shares: 1 + (n % 50),
  };
});

/** As JSON, in texts or in bytes. */
export function loop(lines: readonly { toString(): string }[]): Map<string, Total> {
  const totals = new Map<string, Total>();
  for (const line of lines) {
    const { exchange, symbol, price, shares }: Trade = JSON.parse(line.toString());
    const key = `${exchange}|${symbol}`;
    const total = totals.get(key);
    if (total) {
      total.trades++;
      total.shares += shares;
      if (price > total.high) total.high = price;
    } else totals.set(key, { trades: 1, shares, high: price });
  }
  return totals;
}
