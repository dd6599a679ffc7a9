/** Shows how far long work has come: a bar on a terminal, a line now and then in a pipe. */
import { draw, harmless, type Output } from "./terminal.ts";

export interface ProgressBar {
  /** Says how much is done now. */
  update(done: number): void;
  /** Clears the bar. */
  end(): void;
}

const width = 30;
const framesPerSecond = 10;
/** In a pipe: a line for each tenth. */
const linesInPipe = 10;

/** A bar for `total` steps, on standard error unless another stream is given. */
export function progressBar(
  label: string,
  total: number,
  out: Output = process.stderr,
): ProgressBar {
  const title = harmless(label);
  let drawnAt = Number.NEGATIVE_INFINITY;
  let tenths = 0;
  return {
    update(done) {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      if (!out.isTTY) {
        if (Math.floor(share * linesInPipe) === tenths) return;
        tenths = Math.floor(share * linesInPipe);
        out.write(`${title} ${done}/${total}\n`);
        return;
      }
      const now = performance.now();
      if (now - drawnAt < 1000 / framesPerSecond && done < total) return;
      drawnAt = now;
      const full = Math.round(share * width);
      const bar = "━".repeat(full) + " ".repeat(width - full);
      const rest = ` ${bar} ${Math.floor(share * 100)}% ${done}/${total}`;
      // A line that wraps cannot be drawn over.
      const room = Math.max(8, (out.columns ?? Number.POSITIVE_INFINITY) - rest.length - 1);
      const shown = title.length > room ? `…${title.slice(1 - room)}` : title;
      draw(out, `\r${shown}${rest}\x1b[K`);
    },
    end() {
      if (out.isTTY) draw(out, "\r\x1b[K");
    },
  };
}
