/** What a Java function finds: its own classes, and what it needs, wherever a build has put that. */
import { expect, it } from "vitest";
import { ownClassPath } from "../../../packages/local/src/run/java/code.ts";
import { project } from "./templates.ts";

it.each([
  [
    "the shaded jar behind the classes",
    ["target/shop.jar", "target/original-shop.jar"],
    ["shop.jar"],
  ],
  [
    "copied dependencies, and no jar besides",
    ["target/shop.jar", "target/dependency/a.jar"],
    ["dependency/*"],
  ],
  ["nothing else", [], []],
])("%s", (_, files, more) => {
  const at = project(
    Object.fromEntries(["target/classes/shop/Orders.class", ...files].map((path) => [path, "x"])),
  );
  const classes = at.at("target/classes");
  expect(ownClassPath(`${classes}/shop/Orders.class`, classes)).toEqual([
    classes,
    ...more.map((path) => at.at(`target/${path}`)),
  ]);
});

it("of a jar is the jar", () => {
  const at = project({ "target/shop.jar": "x" });
  expect(ownClassPath(at.at("target/shop.jar"), at.at("target"))).toEqual([
    at.at("target/shop.jar"),
  ]);
});
