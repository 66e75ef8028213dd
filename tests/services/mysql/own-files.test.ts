import { expect, test } from "vitest";
import { ownFiles } from "../../../stack/services/mysql/own-files.ts";

const faultIn = (name: string, text: string) => ownFiles.find(({ path }) => path.endsWith(name))?.faultIn(text);
const UUID = "1c9c0d3e-6f0a-11f0-9d1b-0242ac120002";

test.each([
  ["as the server writes it", `[auto]\nserver-uuid=${UUID}\n`],
  ["with a comment and spaces", `# mine\n\n[auto]\nserver_uuid = ${UUID.toUpperCase()}\n`],
  ["empty", ""],
  ["of a group alone", "[auto]\n"],
])("an auto.cnf %s must be left alone", (_, text) => {
  expect(faultIn("auto.cnf", text)).toBeUndefined();
});

test.each([
  ["that was cut off", `[auto]\nserver-uuid=${UUID.slice(0, 20)}`],
  ["with an empty identity", "[auto]\nserver-uuid=\n"],
  ["of zero bytes", "\u0000\u0000\u0000\u0000"],
  ["without its group", `server-uuid=${UUID}\n`],
  ["of other words", "not a conf file at all!\n"],
])("an auto.cnf %s must be mended", (_, text) => {
  expect(faultIn("auto.cnf", text)).toMatch(/no server_uuid that the server accepts/);
});

test("the socket's lock must name a process", () => {
  for (const text of ["", "0\n", "-1\n", "garbage"]) expect(faultIn(".lock", text)).toMatch(/names no process/);
  for (const text of ["1\n", "57"]) expect(faultIn(".lock", text)).toBeUndefined();
});

test.each(ownFiles)("what $path is mended with must be whole", ({ faultIn: faultOf, sound }) => {
  expect(faultOf(sound)).toBeUndefined();
});
