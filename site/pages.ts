/** The pages of the site, in the order of its navigation: Markdown of the repository, and what each is called there. */

export interface Section {
  readonly title: string;
  /** Open on every page, and not only on those of the section. */
  readonly open?: boolean;
  /** A path from the repository's root, and the page's short name. */
  readonly pages: readonly (readonly [source: string, title: string])[];
}

export const sections: readonly Section[] = [
  {
    title: "Start",
    open: true,
    pages: [
      ["README.md", "What it is"],
      ["docs/try.md", "Try it here"],
      ["docs/guide.md", "Guide"],
      ["examples/README.md", "Examples"],
      ["docs/compare.md", "Beside others"],
      ["docs/when-not.md", "When not to use it"],
    ],
  },
  {
    title: "Coming from",
    open: true,
    pages: [
      ["docs/migrate.md", "What to do in every case"],
      ["docs/from-powertools.md", "Powertools"],
      ["docs/from-middy.md", "middy"],
      ["docs/from-aws-kinesis-agg.md", "aws-kinesis-agg"],
      ["docs/from-kcl.md", "The KCL"],
      ["docs/from-serverless-offline.md", "serverless-offline"],
      ["docs/from-localstack.md", "LocalStack, kinesalite"],
    ],
  },
  {
    title: "In the function",
    open: true,
    pages: [
      ["docs/options.md", "All options"],
      ["docs/inputs.md", "What meets your code"],
      ["docs/progress.md", "Progress"],
      ["docs/runbook.md", "Runbook"],
      ["docs/windows.md", "Windows"],
      ["docs/sql.md", "SQL"],
      ["docs/sql-grammar.md", "SQL: the grammar"],
      ["docs/forest.md", "Forests and hot spots"],
      ["docs/sinks.md", "Sinks"],
      ["docs/producer.md", "Producer"],
      ["docs/worker.md", "Workers"],
      ["docs/scaling.md", "Scaling"],
      ["docs/firehose.md", "Firehose"],
      ["docs/video.md", "Video"],
    ],
  },
  {
    title: "On your machine",
    open: true,
    pages: [
      ["docs/testing.md", "Tests"],
      ["docs/templates.md", "Templates"],
      ["docs/debug.md", "Debugging"],
      ["docs/page.md", "The page of dev"],
      ["docs/events.md", "Events of dev"],
      ["docs/polyglot.md", "Python, Go, Java…"],
      ["docs/mapping.md", "The mapping"],
      ["docs/simulator.md", "The simulator"],
      ["docs/clients.md", "Clients"],
      ["docs/firehose-local.md", "The local Firehose"],
    ],
  },
  {
    title: "How it is built",
    pages: [
      ["ARCHITECTURE.md", "Architecture"],
      ["CONTRIBUTING.md", "Contributing"],
      ["CHANGELOG.md", "Changes"],
      ["docs/bench/README.md", "Measured"],
      ["docs/decisions/README.md", "Decisions"],
    ],
  },
];

/** Pages that their folder's README leads to, and no navigation: they are part of the site all the same. */
export const folderOfDecisions = "docs/decisions";

/** Where a Markdown file's page stands in the site. */
export function pageOf(source: string): string {
  if (source === "README.md") return "index.html";
  return source
    .replace(/^docs\//, "")
    .replace(/README\.md$/, "index.html")
    .replace(/\.md$/, ".html");
}

/** Where a source file's page stands; servers of static files often hide what begins with a dot. */
export const sourcePageOf = (path: string): string =>
  `source/${path.replaceAll(/(^|\/)\./g, "$1dot-")}.html`;
