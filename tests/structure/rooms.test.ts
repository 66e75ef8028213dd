import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { arrowsOf, importsOf, roomOf } from "../support/core/imports.ts";
import { sourcesOf } from "../support/core/sources.ts";

/** From the ground up: a room imports only from rooms that stand before it. `report` stands apart: scripts alone use it. */
const ORDER =
  "core render judge host docker load services records images runtimes converge measure commands report scripts".split(
    " ",
  );
/** A folder with more files of its own than this is a drawer. */
const MOST_FILES = 20;

const sources = sourcesOf(["stack", "scripts"], [".ts", ".mjs"]);
const imports = importsOf(["stack", "scripts"]);
const arrows = arrowsOf(imports);
const linesOf = (text: string) => text.replace(/\n$/, "").split("\n").length;

describe("the rooms", () => {
  test("must be the folders of stack/, and be printed with their sizes and arrows", () => {
    const rooms = sources.map(({ path }) => roomOf(path)).filter((room) => !room.endsWith(".ts"));
    expect(new Set(rooms)).toEqual(new Set(ORDER));
    const rows = ORDER.map((room) => {
      const lines = sources.filter(({ path }) => roomOf(path) === room).map(({ text }) => linesOf(text));
      const sorted = lines.toSorted((a, b) => a - b);
      const targets = [...arrows].filter(([arrow]) => arrow.startsWith(`${room} -> `));
      const uses = targets.map(([arrow, count]) => `${arrow.split(" -> ")[1]} ${count}`).join(", ");
      const [median, largest] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0];
      return `${room.padEnd(9)} ${String(lines.length).padStart(3)} files, median ${median}, largest ${largest}; uses ${uses || "nothing"}`;
    });
    process.stdout.write(`${rows.join("\n")}\n`);
  });

  test("must have no arrow that points up", () => {
    const upward = imports.filter(({ from, to }) => ORDER.indexOf(roomOf(to)) > ORDER.indexOf(roomOf(from)));
    expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("must leave report to the scripts", () => {
    const users = [...arrows.keys()].filter((arrow) => arrow.endsWith(" -> report"));
    expect(users).toEqual(["scripts -> report"]);
  });

  test("must have no folder that is a drawer", () => {
    const counts = new Map<string, number>();
    for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    const exceptions = ["scripts"]; // one entry point a command, as the command line has them
    expect([...counts].filter(([folder, count]) => count > MOST_FILES && !exceptions.includes(folder))).toEqual([]);
  });
});
