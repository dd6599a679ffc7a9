/** Says in a line each which suites `npm run test:interop` skips on this machine, and why. */
import { skippedSuites } from "./missing.ts";

const skipped = await skippedSuites();
for (const [suite, why] of skipped) console.log(`Skipped ${suite}: ${why}.`);
if (skipped.size === 0) console.log("Nothing is skipped: all that the interop tests need is here.");
