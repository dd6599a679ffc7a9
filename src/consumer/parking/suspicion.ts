/**
 * A record that kills its environment is never counted: nobody is left to count. So a batch that is
 * late says first that it begins. If nothing ends that claim, the environment died over one of the records
 * it speaks of: then they run one after the other, half as many each time, until the killer is
 * alone, and is parked unrun.
 */
import type { Entry } from "../../progress/entry.ts";
import { formatPosition } from "../../record/position.ts";
import {
  type BatchRun,
  failuresBefore,
  freshPlaces,
  type Memory,
  type RunPlaces,
} from "../batch-run.ts";
import { unstopped } from "../order.ts";
import * as Outcome from "../outcome.ts";
import { claimsLeftOn } from "../progress/attempts.ts";
import { claim } from "../progress/claim.ts";
import { firstFailedAt, isHopeless, parkRecord } from "./park-record.ts";

/** Claims on one record that are kept apart. */
const claimsAtMost = 8;

/** Runs what is fresh, guarded: suspects first, and with a claim where the batch is late. */
export async function runGuarded<T>(run: BatchRun<T>, runPlaces: RunPlaces): Promise<void> {
  const memory = run.memory!;
  if (!(await runSuspects(run, memory, runPlaces))) return;
  const rest = freshPlaces(run);
  if (isLate(run, rest[0]) && memory.claims.size === 0) await claim(run, memory, "began", rest);
  await runPlaces(freshPlaces(run), false);
}

/** Whether the record at `first` came so long ago that it may have ended environments; undefined: there is none. */
function isLate<T>({ batch, plan, runtime }: BatchRun<T>, first: number | undefined): boolean {
  if (first === undefined) return false;
  const ago = runtime.clock.now() - batch.records[first]!.approximateArrivalTimestamp;
  return ago > plan.suspectAfterInSeconds * 1000;
}

/** False: no time is left for others. */
async function runSuspects<T>(
  run: BatchRun<T>,
  memory: Memory,
  runPlaces: RunPlaces,
): Promise<boolean> {
  const seen = new Set<number>();
  let ranAny = false;
  const mayGoOn = () => run.deadline.hasTime() || !ranAny;
  while (mayGoOn()) {
    const suspects = closestSuspects(run, memory, unstopped(run, freshPlaces(run)));
    if (suspects.places.length === 0) break;
    for (const { n } of suspects.claims) seen.add(n);
    const [first] = suspects.places;
    const since = Math.min(
      firstFailedAt(run, first!) ?? Number.POSITIVE_INFINITY,
      ...suspects.claims.map(({ at }) => at),
    );
    if (isAlone(suspects.claims) && isHopeless(run, since, failuresBefore(run, first!))) {
      const error = new Error(
        "Its environment ended each time it ran, and nobody was left to say why.",
      );
      await parkRecord(run, first!, error, failuresBefore(run, first!));
    } else {
      const half = suspects.places.slice(0, Math.ceil(suspects.places.length / 2));
      if (suspects.claims.length > claimsAtMost && half.length === 1) {
        // From here on that many deaths are a number: a log of nothing but claims would be read whole each time.
        const counted = { place: first!, attempts: failuresBefore(run, first!), since };
        await run.save({ counted, ends: suspects.claims.map(({ n }) => n) });
      }
      const began = await claim(run, memory, "began", half);
      if (began === undefined) break;
      const last = half[half.length - 1]!;
      await runPlaces(
        freshPlaces(run).filter((place) => place <= last),
        true,
      );
      ranAny = true;
      await run.save({ ends: [began] });
    }
    if (suspects.places.every((place) => run.outcomes.isFresh(place))) break;
  }
  // Everything that those claims speak of has come through, or will be counted by its own failures; what was given back was neither.
  const left = run.outcomes.places(
    (outcome) => outcome === Outcome.fresh || outcome === Outcome.givenBack,
  );
  const isThrough = closestSuspects(run, memory, left).places.length === 0;
  if (isThrough && seen.size > 0) await run.save({ ends: [...seen] });
  return mayGoOn();
}

const isAlone = (claims: readonly Entry[]) =>
  claims.some(({ first, last }) => formatPosition(first!) === formatPosition(last!));

/** Those of the records that most of the claims which nothing has ended speak of. */
function closestSuspects<T>(
  run: BatchRun<T>,
  memory: Memory,
  among: readonly number[],
): { readonly places: number[]; readonly claims: readonly Entry[] } {
  let places: number[] = [];
  let claims: readonly Entry[] = [];
  if (memory.log.claims.size === 0) return { places, claims };
  for (const place of among) {
    const on = claimsLeftOn(run, memory, place);
    if (on.length === 0 || on.length < claims.length) continue;
    if (on.length > claims.length) {
      places = [];
      claims = on;
    }
    places.push(place);
  }
  return { places, claims };
}
