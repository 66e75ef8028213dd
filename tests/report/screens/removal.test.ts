import { expect, test } from "vitest";
import { mib } from "../../../stack/core/units.ts";
import { destroyDocument, downDocument } from "../../../stack/report/documents/documents.ts";
import { destroyDocumentOf, destroyText, downDocumentOf, downText } from "../../../stack/report/screens/removal.ts";

const DOWN = {
  stack: "test",
  containers: ["pgbouncer", "postgres"],
  networks: ["plumbline-test-data"],
  volumes: ["plumbline-test-postgres-data"],
  unfinished: [],
  machineStopped: false,
  notes: [],
};
const DESTROYED = {
  stack: "test",
  containers: ["postgres"],
  networks: ["plumbline-test-data"],
  volumes: [{ name: "plumbline-test-postgres-data", sizeBytes: mib(300) }, { name: "plumbline-test-redis-1-data" }],
  images: [],
  files: ["compose.yaml", "secrets"],
  machineDeleted: false,
  notes: ["results are kept"],
};

test("down says what it stopped and where the data are", () => {
  expect(downText(DOWN)).toBe(
    "Stopped and removed: pgbouncer, postgres.\n" +
      "The data are kept in plumbline-test-postgres-data. `npm run up` finds them again.",
  );
  expect(downDocument.parse(downDocumentOf(DOWN)).volumes).toEqual(DOWN.volumes);
});

test("down says of no volume that it holds data whose server was stopped in its first start", () => {
  const volumes = ["plumbline-test-mysql-data", "plumbline-test-postgres-data"];
  const text = downText({ ...DOWN, volumes, unfinished: ["plumbline-test-mysql-data"] });
  expect(text).toContain("The data are kept in plumbline-test-postgres-data. ");
  expect(text).toContain("Stopped in its first start, without data yet: plumbline-test-mysql-data: ");
});

test("down of a stack that does not run says that, and is no failure", () => {
  const nothing = { ...DOWN, containers: [], networks: [], volumes: [], notes: ["the machine is stopped"] };
  expect(downText(nothing)).toBe("Nothing of the stack test was there to stop.\nnote: the machine is stopped");
});

test("destroy says which data are gone, with their sizes as far as they are known, and what is left", () => {
  expect(destroyText(DESTROYED)).toBe(
    [
      "Containers removed: postgres.",
      "Data removed: plumbline-test-postgres-data (300 MiB), plumbline-test-redis-1-data.",
      "Files removed: compose.yaml, secrets.",
      "note: results are kept",
    ].join("\n"),
  );
  expect(destroyDocument.parse(destroyDocumentOf(DESTROYED)).volumes).toEqual([
    { name: "plumbline-test-postgres-data", sizeBytes: mib(300) },
    { name: "plumbline-test-redis-1-data" },
  ]);
});

test("neither shows a command to the terminal", () => {
  const notes = ["kept \u001B[2J"];
  expect(downText({ ...DOWN, notes })).toContain("note: kept \uFFFD[2J");
  expect(destroyText({ ...DESTROYED, notes })).toContain("note: kept \uFFFD[2J");
});

test("a second destroy finds nothing and says so", () => {
  const nothing = { ...DESTROYED, containers: [], volumes: [], files: [], notes: [] };
  expect(destroyText(nothing)).toBe("Nothing of the stack test was there to remove.");
});
