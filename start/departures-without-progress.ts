import { json, kinesisConsumer } from "shardmill";
import { countFlight, Flight } from "../handlers/departures.ts";

/** The same effect, without the memory: what Lambda delivers twice is counted twice. */
export const handler = kinesisConsumer({
  consumer: "departures",
  decode: json(Flight),
  process: countFlight,
});
