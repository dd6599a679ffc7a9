import { expect, test } from "vitest";
import { filesOf, roomOf, rooms } from "./rooms.ts";

test("a file is of the room whose folder is nearest to it, and of one alone", () => {
  expect(roomOf("src/consumer/order.ts")).toBe("consumer");
  expect(roomOf("src/consumer/parking/redrive.ts")).toBe("consumer");
  expect(roomOf("src/consumer/windows/plan.ts")).toBe("counted");
  expect(roomOf("src/consumers/order.ts")).toBeUndefined();
  const files = Object.keys(rooms).flatMap(filesOf);
  expect(new Set(files).size).toBe(files.length);
  for (const file of ["src/kpl/draft.ts", "src/consumer/order.ts", "src/consumer/state/flush.ts"])
    expect(files).toContain(file);
});
