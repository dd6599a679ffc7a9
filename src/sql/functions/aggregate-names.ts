/** What stands for many rows. */
export const aggregateNames: ReadonlySet<string> = new Set(
  `ANY AVG COUNT EVERY EXP_AVG FIRST_VALUE LAG LAST_VALUE MAX MIN NTH_VALUE STDDEV STDDEV_POP STDDEV_SAMP SUM VARIANCE VAR_POP
   VAR_SAMP`.split(/\s+/),
);
