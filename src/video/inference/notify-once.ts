/** One notification for each person and visit, by the time of pictures: what comes again, or late, notifies nobody again. */
import { aFunction, having } from "../../handler/option-rules.ts";
import { checkNumber } from "../../values/number-option.ts";
import type { InferenceResult, Sighting } from "./rekognition.ts";
import type { VisitStore } from "./visits.ts";

/** What `notifyOnce` takes. */
export interface NotifyOnceOptions {
  /** Where visits are remembered: `dynamodbVisits()`. */
  readonly visits: VisitStore;
  /** Tells somebody of the visit, by its first sighting. */
  readonly notify: (first: Sighting) => unknown;
  /** Whose visits these are: two functions have different names. @default "doorbell" */
  readonly consumer?: string;
  /** How long somebody is out of sight until the next sighting is another visit, in seconds. Minimum: 0. @default 60 */
  readonly quietSeconds?: number;
  /** Which sightings count, 0 to 100. @default 80 */
  readonly leastConfidence?: number;
}

/**
 * A `process` for `kinesisConsumer`: calls `notify` once for each person and visit. A visit begins with a sighting more than `quietSeconds` after the last one of the
 * person at that camera, by the pictures' own times. So a replay of the stream notifies nobody again, as long as visits are remembered. A sighting that is older than
 * the newest visit begins none. If the function is killed after `notify` and before that is remembered, the record comes again and notifies again: hand
 * `camera`, `label` and `at` on as an id.
 *
 * @example
 * kinesisConsumer({
 *   consumer: "doorbell",
 *   decode: rekognition(),
 *   process: notifyOnce({ visits: dynamodbVisits(), notify: ({ camera, label }) => ring(`${label} is at the ${camera}`) }),
 * });
 */
export function notifyOnce(options: NotifyOnceOptions): (result: InferenceResult) => Promise<void> {
  const {
    visits,
    notify,
    consumer = "doorbell",
    quietSeconds = 60,
    leastConfidence = 80,
  } = options;
  for (const [name, value, [isGood, wanted]] of [
    ["visits", visits, having("begin", "visits, such as dynamodbVisits()")],
    ["notify", notify, aFunction],
  ] as const) {
    if (!isGood(value)) throw new TypeError(`notifyOnce: ${name} must be ${wanted}.`);
  }
  checkNumber("notifyOnce: quietSeconds", quietSeconds, { least: 0 });
  checkNumber("notifyOnce: leastConfidence", leastConfidence, { least: 0, most: 100 });
  /** Of each person, what is under way: sightings of one batch may be looked at beside each other. */
  const underWay = new Map<string, Promise<void>>();

  async function see(key: string, sighting: Sighting): Promise<void> {
    const { at } = sighting;
    const visit = await visits.begin(key, at, at - quietSeconds);
    if (visit && at > visit.last) await visits.extend(key, at);
    // The very sighting that has begun it, come again: it died before it was notified.
    if (visit && (visit.isNotified || visit.began !== at)) return;
    await notify(sighting);
    await visits.notified(key, at);
  }

  return async ({ sightings }) => {
    for (const sighting of sightings) {
      if (sighting.confidence < leastConfidence) continue;
      const key = `${consumer}#${sighting.camera}#${sighting.label}`;
      const before = underWay.get(key) ?? Promise.resolve();
      const seen = before.catch(() => {}).then(() => see(key, sighting));
      underWay.set(key, seen);
      try {
        await seen;
      } finally {
        if (underWay.get(key) === seen) underWay.delete(key);
      }
    }
  };
}
