/** The page that plays records through a stream, the mapping and a function: a form, and what came of it. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { type Did, type Fate, type Invocation, play, type Scene, type Story } from "../play.ts";

const most = 100;

const first = `anna 1 coffee
bert 2 teas
anna 1 cake
carl 3 coffees
dora 1 water
bert 1 soup
anna the bill
carl 1 cake`;

/** What stands in the form. Throws a sentence where it cannot be played. */
function sceneOf(form: FormData): Scene {
  const text = (name: string) => String(form.get(name) ?? "");
  const lines = text("records")
    .split("\n")
    .filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new Error("There is no record to put: write one a line.");
  if (lines.length > most) {
    throw new Error(`There are ${lines.length} records; this page takes ${most}.`);
  }
  const failing = text("failing") === "" ? undefined : Number(text("failing"));
  if (failing !== undefined && failing > lines.length) {
    throw new Error(`Record ${failing} cannot fail: there are ${lines.length}.`);
  }
  return {
    records: lines.map((line) => {
      const [key, ...words] = line.trim().split(/\s+/) as [string, ...string[]];
      return { key, value: words.join(" ") };
    }),
    failing,
    fails: text("fails") as Scene["fails"],
    handler: text("handler") as Scene["handler"],
    bisect: form.has("bisect"),
    batchSize: Number(text("batchSize")),
    retries: Number(text("retries")),
  };
}

const marks: Readonly<Record<Did, string>> = {
  done: "✓",
  again: "↻",
  known: "=",
  failed: "✗",
  "not begun": "·",
};

function Form({ run }: { readonly run: (form: FormData) => void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    run(new FormData(event.currentTarget as HTMLFormElement));
  };
  return (
    <form class="play" onSubmit={submit}>
      <label class="wide">
        Records, one a line: its partition key, then its value
        <textarea name="records" rows={8} spellcheck={false} defaultValue={first} />
      </label>
      <label>
        Number of the record that fails
        <input name="failing" type="number" min={1} max={most} defaultValue="6" />
      </label>
      <label>
        It fails
        <select name="fails">
          <option value="always">every time</option>
          <option value="once">once</option>
        </select>
      </label>
      <label>
        Function
        <select name="handler">
          <option value="plain">throws at the first failure</option>
          <option value="shardmill">kinesisConsumer</option>
        </select>
      </label>
      <label>
        Batch size
        <input name="batchSize" type="number" min={1} max={most} required defaultValue="8" />
      </label>
      <label>
        Retries
        <input name="retries" type="number" min={0} max={10} required defaultValue="2" />
      </label>
      <label class="check">
        <input name="bisect" type="checkbox" defaultChecked /> Halve a batch that failed
      </label>
      <button type="submit">Put and run</button>
    </form>
  );
}

function Step({ invocation, place }: { readonly invocation: Invocation; readonly place: number }) {
  const { depth, of, at, records, answer, next } = invocation;
  return (
    <li style={{ marginInlineStart: `${Math.min(depth, 8) * 1.5}rem` }}>
      <h3>
        Invocation {place + 1}: {of}, at {at / 1000} s
      </h3>
      <ul aria-label="Records of the batch">
        {records.map(({ record, did }) => (
          <li class={did.replace(" ", "-")} key={record}>
            <span aria-hidden="true">{marks[did]} </span>
            {record} {did}
          </li>
        ))}
      </ul>
      <p>
        {answer}; {next}.
      </p>
    </li>
  );
}

function Fates({ fates }: { readonly fates: readonly Fate[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, as every table of the site.
    <section class="table" tabIndex={0} aria-label="What became of each record">
      <table>
        <thead>
          <tr>
            <th scope="col">Record</th>
            <th scope="col">Partition key</th>
            <th scope="col">Value</th>
            <th scope="col">Its effect happened</th>
            <th scope="col">In the end</th>
          </tr>
        </thead>
        <tbody>
          {fates.map(({ key, value, effects, end }, place) => (
            <tr key={place}>
              <td>{place + 1}</td>
              <td>{key}</td>
              <td>{value}</td>
              <td>{times(effects)}</td>
              <td>{end}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const times = (count: number) => (count === 0 ? "never" : count === 1 ? "once" : `${count} times`);

const summary = ({ invocations, fates }: Story): string => {
  const ended = (end: Fate["end"]) => fates.filter((fate) => fate.end === end).length;
  const repeated = fates.reduce((sum, { effects }) => sum + Math.max(0, effects - 1), 0);
  return [
    `${invocations.length} invocations`,
    `${ended("done")} records done`,
    `${ended("parked")} parked`,
    `${ended("given up")} given up`,
    `${repeated} effects repeated.`,
  ].join(", ");
};

function Play() {
  const [said, say] = useState("");
  const [story, tell] = useState<Story>();
  const run = async (form: FormData) => {
    let played: Story | undefined;
    try {
      played = await play(sceneOf(form));
      say(summary(played));
    } catch (error) {
      say((error as Error).message);
    }
    tell(played);
  };
  return (
    <>
      <Form run={(form) => void run(form)} />
      <p role="status">{said}</p>
      {story && (
        <>
          <h2>What became of each record</h2>
          <Fates fates={story.fates} />
          <h2>Every invocation</h2>
          <ol class="play">
            {story.invocations.map((invocation, place) => (
              <Step invocation={invocation} place={place} key={place} />
            ))}
          </ol>
        </>
      )}
    </>
  );
}

const place = document.getElementById("play")!;
place.replaceChildren();
render(<Play />, place);
