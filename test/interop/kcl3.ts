/**
 * Workers of the real KCL 3.5 and ours on one lease table, against the local Kinesis and AWS's DynamoDB Local: the KCL's leader assigns
 * leases to ours, moves them, and takes them back; then ours leads workers of the KCL; shards are split, and the KCL's workers and ours die under
 * either. Nothing may be lost, and nothing repeated but what died.
 * Needs Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure. It takes ten minutes.
 *
 *     node test/interop/kcl3.ts
 *     node test/interop/kcl3.ts --only leads
 */
import { parseArgs } from "node:util";
import { scenarios } from "./kcl/led.ts";
import { beside, play } from "./kcl/places.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });
process.exitCode = await beside(3, (places) => play(scenarios, places, values.only));
