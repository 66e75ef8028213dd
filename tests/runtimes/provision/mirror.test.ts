import { expect, test } from "vitest";
import { mirrorIn } from "../../../stack/runtimes/provision/apt.ts";

test.each([
  ["Types: deb\nURIs: http://a.example/debian\nSuites: bookworm\n", "http://a.example/debian"],
  ["# deb http://old.example/debian x main\ndeb http://b.example/debian bookworm main\n", "http://b.example/debian"],
  ["deb [arch=amd64 signed-by=/k.gpg] https://c.example/debian/ sid main\n", "https://c.example/debian/"],
  ["URIs: http://d.example/debian-security\n", undefined],
  ["deb https://packages.example/apt stable main\n", undefined],
  ["", undefined],
])("the mirror in %j is %s", (sources, mirror) => {
  expect(mirrorIn(sources)).toBe(mirror);
});
