/** What a test has begun ends with it, the latest first; what was begun outside a test, with its file. */
import { afterAll, afterEach, beforeEach } from "vitest";

type End = () => unknown;

const ofFile: End[] = [];
const ofTest: End[] = [];
let endings = ofFile;

/** Ends something when its test, or its file, is over. */
export const after = (end: End): void => void endings.push(end);

/** For the file that begins. A module that several files of a worker share is loaded once, so hooks at its import would be those of the first file alone. */
export function endWithTests(): void {
  beforeEach(() => {
    endings = ofTest;
  });
  afterEach(async () => {
    endings = ofFile;
    await endAll(ofTest);
  });
  afterAll(() => endAll(ofFile));
}

async function endAll(list: End[]): Promise<void> {
  for (const end of list.splice(0).reverse()) await end();
}
