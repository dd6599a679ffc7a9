/** The search: its index is made here, from the passages that a script of the site brings when somebody first wants them. */
import type MiniSearch from "minisearch";
import type { Found } from "../found.ts";
import { documentsOf, emptyIndex, excerpt, type Indexed } from "../search.ts";

declare global {
  var passages: readonly Found[] | undefined;
}

const shown = 12;

const box = document.querySelector("search")!;
const input = box.querySelector("input")!;
const panel = box.querySelector<HTMLElement>(".found")!;
const status = box.querySelector<HTMLElement>("[role=status]")!;
const list = box.querySelector("ol")!;

let index: Promise<MiniSearch<Indexed>> | undefined;

async function makeIndex(): Promise<MiniSearch<Indexed>> {
  await new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = box.dataset.index!;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${script.src} is not there: build the site again`));
    document.head.append(script);
  });
  const passages = globalThis.passages!;
  const made = emptyIndex(passages);
  await made.addAllAsync(documentsOf(passages));
  return made;
}

function row([page, heading, text, url]: Found, terms: readonly string[]): HTMLLIElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = box.dataset.root + url;
  const title = document.createElement("b");
  title.textContent = heading === page ? page : `${page}: ${heading}`;
  const words = document.createElement("span");
  words.textContent = excerpt(text, terms);
  link.append(title, words);
  item.append(link);
  return item;
}

async function search(): Promise<void> {
  const query = input.value.trim();
  panel.hidden = query === "";
  if (query === "") return;
  index ??= makeIndex();
  try {
    const found = (await index).search(query);
    if (query !== input.value.trim()) return;
    const rows = found.slice(0, shown);
    status.textContent =
      found.length === 0
        ? `Nothing is found for ${query}.`
        : `${found.length} found${found.length > shown ? `, the first ${shown} are shown` : ""}.`;
    list.replaceChildren(...rows.map(({ id, terms }) => row(globalThis.passages![id]!, terms)));
  } catch (error) {
    index = undefined;
    status.textContent = String(error);
  }
}

function move(by: 1 | -1): void {
  const stops = [input, ...list.querySelectorAll("a")] as HTMLElement[];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  stops[Math.min(stops.length - 1, Math.max(0, at + by))]?.focus();
}

input.addEventListener("input", () => void search());
box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target === input) {
    list.querySelector("a")?.click();
  } else if (event.key === "Escape") {
    input.value = "";
    panel.hidden = true;
    input.focus();
  }
});
box.addEventListener("click", (event) => {
  if ((event.target as Element).closest("a")) panel.hidden = true;
});
document.addEventListener("click", (event) => {
  if (!box.contains(event.target as Node)) panel.hidden = true;
});
document.addEventListener("keydown", (event) => {
  const typing = (event.target as Element).closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
});
box.hidden = false;
