/** Drawings take turns: so many milliseconds of a frame are theirs, and what is left has the next frame. */

const budgetMs = 6;

const due = new Set<() => void>();
let isDue = false;

/** Has it drawn once, in its turn, however often it is asked for before. */
export function drawSoon(draw: () => void): void {
  due.add(draw);
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(frame);
}

export const drawNever = (draw: () => void): void => void due.delete(draw);

function frame(): void {
  const until = performance.now() + budgetMs;
  for (const draw of due) {
    due.delete(draw);
    draw();
    if (performance.now() > until) break;
  }
  isDue = due.size > 0;
  if (isDue) requestAnimationFrame(frame);
}
