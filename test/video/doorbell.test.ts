/** Rekognition's results, visits, and the doorbell. */
import fc from "fast-check";
import { kinesisConsumer, memoryProgress } from "shardmill";
import { dynamodbVisits } from "shardmill/dynamodb";
import { kinesisEvent } from "shardmill/testing";
import {
  memoryVisits,
  notifyOnce,
  rekognition,
  type Sighting,
  type VisitStore,
} from "shardmill/video";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type LocalDynamoDb, startDynamoDb } from "../dynamodb-runtime/engines.ts";

const decode = (value: unknown): any =>
  rekognition().decode(Buffer.from(JSON.stringify(value)), {});

const matched = (Similarity: number, name?: string) => ({
  Similarity,
  Face: { FaceId: "ed1b560f", ...(name && { ExternalImageId: name }), Confidence: 99.9 },
});
const faceSearch = (faces: unknown, offset = 0.0020000000949949026) => ({
  InputInformation: {
    KinesisVideo: {
      StreamArn: "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door/1767225600000",
      FragmentNumber: "91343852333289682796718532614445757584843717598",
      ServerTimestamp: 1702208587.1,
      ProducerTimestamp: 1702208586.022,
      FrameOffsetInSeconds: offset,
    },
  },
  StreamProcessorInformation: { Status: "RUNNING" },
  FaceSearchResponse: faces,
});
const face = (...MatchedFaces: unknown[]) => ({ DetectedFace: { Confidence: 99.5 }, MatchedFaces });

describe("rekognition()", () => {
  it("says who was seen, where and when: seconds, with offsets in seconds", () => {
    const faces = [face(matched(88, "bob"), matched(97, "ann")), face(matched(90)), face()];
    const result = decode(faceSearch(faces));
    expect(result).toMatchObject({ camera: "door", at: 1702208586.024, faces });
    expect(result.sightings).toEqual([
      { camera: "door", at: 1702208586.024, label: "ann", confidence: 97 },
      { camera: "door", at: 1702208586.024, label: "ed1b560f", confidence: 90 },
      { camera: "door", at: 1702208586.024, label: "unknown", confidence: 99.5 },
    ]);
    expect(decode(faceSearch([], 1.5)).at).toBe(1702208587.522);
    expect(decode(faceSearch([])).sightings).toEqual([]);
  });

  it("takes anybody's sightings", () => {
    const sighting = { camera: "yard", at: 1767225600.5, label: "fox", confidence: 91 };
    expect(decode(sighting)).toMatchObject({
      camera: "yard",
      at: 1767225600.5,
      sightings: [sighting],
    });
  });

  it.each([
    [faceSearch({ DetectedFace: {} }), /FaceSearchResponse must be a list/],
    [faceSearch([{}]), /FaceSearchResponse must be a list/],
    [{ camera: "door", at: 1767225600500, label: "ann", confidence: 9 }, /`at` in seconds/],
    [{ camera: "door", label: "ann" }, /Neither a result of Rekognition's face search/],
    [null, /Neither/],
  ])("refuses what is neither: %j", (value, message) => {
    expect(() => decode(value)).toThrow(message);
  });
});

const seenAt = (at: number, label = "ann"): Sighting => ({
  camera: "door",
  at,
  label,
  confidence: 95,
});

async function notifications(
  visits: VisitStore,
  sightings: readonly Sighting[],
  told: Sighting[] = [],
) {
  const process = notifyOnce({
    visits,
    quietSeconds: 60,
    notify: (first) => void told.push(first),
  });
  const results = sightings.map((one) => ({
    ...one,
    sightings: [one],
    fragmentNumber: undefined,
    faces: [],
  }));
  await Promise.all(results.map(process));
  return told;
}

describe("notifyOnce", () => {
  it("notifies of 1,000 pictures of one face in a minute once, and after three replays too", async () => {
    const visits = memoryVisits();
    const minute = Array.from({ length: 1000 }, (_, n) => seenAt(1_767_225_600 + 0.06 * n));
    const told = await notifications(visits, minute);
    for (let replay = 0; replay < 3; replay++) await notifications(visits, minute, told);
    expect(told).toEqual([minute[0]]);
  });

  it("notifies once for each person and visit, whatever comes again", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom("ann", "bob")), {
          maxLength: 30,
        }),
        fc.array(fc.nat(29), { maxLength: 4 }),
        async (gaps, replays) => {
          let at = 1_767_225_600;
          const all = gaps.map(([gap, label]) => {
            at += gap;
            return seenAt(at, label);
          });
          const visits = memoryVisits();
          const told = await notifications(visits, all);
          for (const from of replays) await notifications(visits, all.slice(from), told);
          const last = new Map<string, number>();
          const wanted = all.filter(({ at, label }) => {
            const before = last.get(label);
            last.set(label, at);
            return before === undefined || at - before > 60;
          });
          expect(told).toEqual(expect.arrayContaining(wanted));
          expect(told).toHaveLength(wanted.length);
        },
      ),
    ));

  it("notifies when a record comes again whose notification failed, and leaves out what is unsure", async () => {
    const visits = memoryVisits();
    let calls = 0;
    const process = notifyOnce({
      visits,
      notify() {
        if (++calls === 1) throw new Error("no bell");
      },
    });
    const result = decode(faceSearch([face(matched(97, "ann")), face(matched(20, "bob"))]));
    await expect(process(result)).rejects.toThrow("no bell");
    await process(result);
    await process(result);
    expect(calls).toBe(2);
  });

  it("is refused at the start without visits or somebody to notify", () => {
    expect(() => notifyOnce({ notify() {} } as never)).toThrow(
      "visits must be visits, such as dynamodbVisits()",
    );
    expect(() => notifyOnce({ visits: memoryVisits() } as never)).toThrow(
      "notify must be a function",
    );
  });

  it("is a process of a consumer", async () => {
    const told: string[] = [];
    const handler = kinesisConsumer({
      ...{
        consumer: "doorbell",
        decode: rekognition(),
        progress: memoryProgress(),
        metrics: false,
      },
      process: notifyOnce({ visits: memoryVisits(), notify: ({ label }) => void told.push(label) }),
    });
    const event = kinesisEvent([
      faceSearch([face(matched(97, "ann"))]),
      seenAt(1702208600),
      seenAt(1702208800),
    ]);
    await handler(event, {} as never);
    await handler(event, {} as never);
    expect(told).toEqual(["ann", "ann"]);
  });
});

describe.each(engines)("visits in DynamoDB (%s)", (engine) => {
  let db: LocalDynamoDb;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  });
  afterAll(() => db.close());

  it("are one item for each person", async () => {
    const visits = dynamodbVisits({ tableName: "progress", client: db.client });
    const all = [0, 20.5, 60, 300].map((seconds) => seenAt(1_767_225_600 + seconds));
    const told = await notifications(visits, all);
    await notifications(visits, all, told);
    expect(told).toEqual([all[0], all[3]]);
    const began = 1_767_225_900;
    expect(await db.items("doorbell#door#ann")).toEqual([
      {
        pk: "doorbell#door#ann",
        sk: "visit",
        began,
        last: began,
        isNotified: true,
        expiresAt: began + 9 * 86_400,
      },
    ]);
  });
});
