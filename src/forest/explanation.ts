/** Why a row has its score: RANDOM_CUT_FOREST_WITH_EXPLANATION's answer, column by column. */

/** What of a row's score is due to a column. */
export interface ColumnExplanation {
  /** Whether the value is rather above or below what was seen; "LOW" while the forest learns. */
  readonly direction: "HIGH" | "LOW";
  /** How sure the direction is: 0 is not at all. See {@link Explanation}. */
  readonly strength: number;
  /** The column's share of the score. */
  readonly attributionScore: number;
}

/**
 * A row's score and its columns' shares, which add up to it.
 *
 * AWS has not published how `strength` is made. Here it is |ln(high ÷ low)|, where high and low are the parts of the share that come from cuts above and
 * below what was seen: 0 where both are equal, 0.69 where one is twice the other. It fits the order of magnitude of what AWS's guide prints. It ends
 * at 20.72, where one is a billion times the other.
 */
export interface Explanation {
  /** The anomaly score, as `score` gives it. */
  readonly score: number;
  /** In the order of the row. */
  readonly columns: readonly ColumnExplanation[];
}

/** Sums the shares of each column over the rows of a shingle. */
export function explain(
  score: number,
  { high, low }: { readonly high: Float64Array; readonly low: Float64Array },
  columns: number,
): Explanation {
  return {
    score,
    columns: Array.from({ length: columns }, (_, column) => {
      let above = 0;
      let below = 0;
      for (let i = column; i < high.length; i += columns) {
        above += high[i]!;
        below += low[i]!;
      }
      return {
        direction: above > below ? "HIGH" : "LOW",
        strength: strengthOf(above, below),
        attributionScore: above + below,
      };
    }),
  };
}

const least = 1e-9;

function strengthOf(above: number, below: number): number {
  const more = Math.max(above, below);
  return more === 0 ? 0 : -Math.log(Math.max(Math.min(above, below) / more, least));
}

/**
 * The JSON text that RANDOM_CUT_FOREST_WITH_EXPLANATION gives as ANOMALY_EXPLANATION: by column DIRECTION, STRENGTH and ATTRIBUTION_SCORE, the numbers
 * as texts of four decimals. `names` are the columns' names in the order of the row.
 */
export function explanationJson(
  { columns }: Explanation,
  names: readonly string[],
  { withDirectionality = false }: { readonly withDirectionality?: boolean } = {},
): string {
  if (names.length !== columns.length) {
    throw new RangeError(
      `explanationJson: the row has ${columns.length} columns; names has ${names.length}.`,
    );
  }
  const members = columns.map(({ direction, strength, attributionScore }, column) => {
    const shown = {
      ...(withDirectionality && { DIRECTION: direction, STRENGTH: strength.toFixed(4) }),
      ATTRIBUTION_SCORE: attributionScore.toFixed(4),
    };
    return `${JSON.stringify(names[column])}:${JSON.stringify(shown)}`;
  });
  return `{${members.join(",")}}`;
}
