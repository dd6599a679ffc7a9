import type { Hold } from "./found.ts";

/** Lets another redrive have it. Where that fails, the others have their turn all the same, and its own comes with time. */
export async function giveBack(
  { note }: { readonly note: (text: string) => void },
  { hold }: { readonly hold: Hold },
): Promise<void> {
  try {
    await hold.giveBack();
  } catch (error) {
    note(
      `${hold.where} could not be given back, and is left for 16 minutes: ${(error as Error).message}`,
    );
  }
}
