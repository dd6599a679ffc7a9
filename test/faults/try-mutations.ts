/** Breaks a program in each way on purpose, and says which day has noticed. */
export async function tryEach<M extends { readonly name: string }>(
  mutations: readonly M[],
  catchOne: (
    mutation: M,
  ) => Promise<{ readonly seed: number; readonly violation: string } | undefined>,
  json: boolean,
): Promise<boolean> {
  const uncaught: string[] = [];
  for (const mutation of mutations) {
    const { name } = mutation;
    const caught = await catchOne(mutation);
    if (!caught) uncaught.push(name);
    if (json) continue;
    const found = caught ? `seed ${caught.seed}` : "NOT CAUGHT";
    console.log(`${found.padEnd(10)}  ${name}${caught ? `\n            ${caught.violation}` : ""}`);
  }
  const { length } = mutations;
  const missed = uncaught.length;
  if (json) console.log(JSON.stringify({ mutations: length, missed, uncaught }));
  else console.log(`mutations: ${length}, ${length - missed} caught`);
  return missed === 0;
}
