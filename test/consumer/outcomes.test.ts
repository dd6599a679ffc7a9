/** What became of a batch's records, and how many of them the log has yet to be told, whatever happens to them in whatever order. */
import fc from "fast-check";
import { expect, it } from "vitest";
import * as Outcome from "../../src/consumer/outcome.ts";
import { isDone, Outcomes } from "../../src/consumer/outcomes.ts";

const size = 3;
const steps = [
  ...["begin", "again", "suspect", "giveBack", "processed", "dropped", "failed", "hung"],
  ...["parked", "twin", "redelivered", "duplicate", "saved"],
] as const;

it("what is done stays done; what is processed or parked, and not in the log, is what is unsaved", () => {
  const step = fc.tuple(fc.constantFrom(...steps), fc.nat(size - 1));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (taken) => {
      const outcomes = new Outcomes(1, size);
      const all = Array<number>(size).fill(Outcome.fresh);
      const saved = Array<boolean>(size).fill(false);
      const counts = { processed: 0, failed: 0, parked: 0, redelivered: 0, duplicates: 0 };
      const attempts = new Map<number, number>();
      const hung = new Set<number>();
      const errors = new Map<number, unknown>();
      const twins = new Map<number, number>();
      for (const [index, [what, place]] of taken.entries()) {
        const wasOpen = !isDone(all[place]!);
        const become = (outcome: number) => {
          if (wasOpen) all[place] = outcome;
        };
        switch (what) {
          case "begin":
            outcomes.begin(place);
            become(Outcome.running);
            break;
          case "again":
            outcomes.again(place);
            become(Outcome.fresh);
            break;
          case "suspect":
            outcomes.suspect(place, index);
            become(Outcome.fresh);
            hung.add(place);
            attempts.set(place, index);
            break;
          case "giveBack":
            outcomes.giveBack(place);
            become(Outcome.givenBack);
            break;
          case "processed":
            outcomes.processed(place);
            become(Outcome.processed);
            if (wasOpen) counts.processed++;
            break;
          case "dropped":
            outcomes.dropped(place);
            become(Outcome.dropped);
            break;
          case "failed":
          case "hung":
            if (what === "hung") outcomes.hung(place, index);
            else outcomes.failed(place, index, index);
            become(Outcome.failed);
            if (!wasOpen) break;
            counts.failed++;
            attempts.set(place, index);
            if (what === "hung") hung.add(place);
            else errors.set(place, index);
            break;
          case "parked":
            expect(outcomes.parked(place)).toBe(wasOpen);
            become(Outcome.parked);
            // What was said of it before is not that it is parked.
            if (wasOpen) saved[place] = false;
            if (wasOpen) counts.parked++;
            break;
          case "twin":
            outcomes.twinOf(place, index);
            become(Outcome.twin);
            if (wasOpen) twins.set(place, index);
            break;
          case "saved":
            outcomes.saved(place);
            saved[place] = true;
            break;
          default:
            outcomes.known(place, what);
            become(what === "duplicate" ? Outcome.duplicate : Outcome.redelivered);
            if (wasOpen) counts[what === "duplicate" ? "duplicates" : what]++;
        }
        const toSave = all.filter(
          (outcome, place) =>
            (outcome === Outcome.processed || outcome === Outcome.parked) && !saved[place],
        );
        expect(outcomes.unsaved).toBe(toSave.length);
      }
      const places = [...all.keys()];
      expect(places.map((place) => outcomes.of(place))).toEqual(all);
      expect(places.map((place) => outcomes.isFresh(place))).toEqual(
        all.map((outcome) => outcome === Outcome.fresh),
      );
      expect(places.map((place) => outcomes.isSaved(place))).toEqual(saved);
      expect(places.map((place) => outcomes.isHung(place))).toEqual(
        places.map((place) => hung.has(place)),
      );
      for (const outcome of Object.values(Outcome)) {
        const is = (each: number) => each === outcome;
        expect(outcomes.find(is)).toBe(all.indexOf(outcome));
        expect(outcomes.places(is)).toEqual(places.filter((place) => all[place] === outcome));
      }
      expect(outcomes.counts).toMatchObject({ received: 1, userRecords: size, ...counts });
      expect([outcomes.attempts, outcomes.errors, outcomes.twins]).toEqual([
        attempts,
        errors,
        twins,
      ]);
    }),
    { numRuns: 300 },
  );
});
