/** Arrows point down, types included. The table is rooms.ts; ARCHITECTURE.md draws it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { circles, type Import, imports, root, sources } from "./imports.ts";
import { roomOf, rooms } from "./rooms.ts";

const ofRepository = imports.filter(({ to }) => /^(src|packages)\//.test(to));
const at = ({ from, line, to }: Import) => `${from}:${line} imports ${to}`;

it("every source stands in a room of the table", () => {
  const homeless = sources.filter((file) => roomOf(file) === undefined);
  expect(
    homeless.map((file) => `${file} is in no room: add its folder to test/architecture/rooms.ts`),
  ).toEqual([]);
  const empty = Object.keys(rooms).filter((room) => !sources.some((file) => roomOf(file) === room));
  expect(
    empty.map((room) => `${room} has no file: take it out of test/architecture/rooms.ts`),
  ).toEqual([]);
});

it("the table itself points down: a room may import those above its line alone", () => {
  const names = Object.keys(rooms);
  const upward = Object.entries(rooms).flatMap(([room, allowed], line) =>
    allowed
      .filter((to) => !names.slice(0, line).includes(to))
      .map((to) => `${room} names ${to}, which is no room above its line`),
  );
  expect(upward).toEqual([]);
});

it("a room imports the rooms that the table allows it", () => {
  const wrong = ofRepository.flatMap((one) => {
    const room = roomOf(one.from)!;
    const target = roomOf(one.to) ?? "no room";
    const allowed = rooms[room]!;
    return target === room || allowed.includes(target)
      ? []
      : `${at(one)} (${target}), but ${room} may import ${allowed.join(", ") || "no other room"}. Move what it needs to a lower room, or let ${room} declare it as a type that its caller fills`;
  });
  expect(wrong).toEqual([]);
});

it("a command imports no other command's folder", () => {
  const commandOf = (file: string) => {
    const [folder] = /^packages\/cli\/src\/[^/]+/.exec(file) ?? [];
    return sources.includes(`${folder}/command.ts`) ? folder : undefined;
  };
  const wrong = ofRepository.filter(({ from, to }) => {
    const [own, other] = [commandOf(from), commandOf(to)];
    return own && other && own !== other;
  });
  expect(
    wrong.map(
      (one) => `${at(one)}: what two commands share stands in a folder named for what it is`,
    ),
  ).toEqual([]);
});

it("no file imports itself by way of others", () => {
  expect(
    circles(ofRepository).map(
      (way) => `${way.join(" → ")}: give what two of them share, often a type, a file of its own`,
    ),
  ).toEqual([]);
});

it("a circle would be found", () => {
  const edges = ["ab", "bc", "ca", "cd", "ad"].map(([from, to]) => ({ from: from!, to: to! }));
  expect(circles(edges)).toEqual([["a", "b", "c", "a"]]);
});

it("a package imports what its package.json names, and nothing else", () => {
  const manifest = (folder: string) =>
    JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  /** `packages/services` is not published: `@shardmill/local` bundles it. */
  const manifests = {
    src: manifest("."),
    "packages/services/src": manifest("packages/local"),
    "packages/local/src": manifest("packages/local"),
    "packages/cli/src": manifest("packages/cli"),
  };
  const wrong = imports.filter((one) => {
    if (ofRepository.includes(one) || one.to.startsWith("node:")) return false;
    const [, { dependencies, peerDependencies }] = Object.entries(manifests).find(([folder]) =>
      one.from.startsWith(`${folder}/`),
    )!;
    const [name] = /^(@[^/]+\/)?[^/]+/.exec(one.to)!;
    return !(name in { ...dependencies, ...peerDependencies });
  });
  expect(
    wrong.map(
      (one) => `${at(one)}, which its package.json names neither as dependency nor as peer`,
    ),
  ).toEqual([]);
});
