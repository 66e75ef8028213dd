import { assert, constantFrom, nat, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseMirrors,
  registryOf,
  registryReference,
  tagOfVersion,
  versionOfTag,
} from "../../../stack/core/service/reference.ts";

test.each([
  ["postgres:18.6", ""],
  ["edoburu/pgbouncer:v1.25.2-p0", ""],
  ["127.0.0.1:5000/postgres:18.6", "127.0.0.1:5000"],
  ["localhost/postgres:18.6", "localhost"],
  ["mirror.example/library/postgres:18.6", "mirror.example"],
])("the registry of %s is %j", (reference, registry) => {
  expect(registryOf(reference)).toBe(registry);
});

test.each([
  ["postgres:18.6", "18.6"],
  ["rabbitmq:4.0.9-management", "4.0.9"],
  ["edoburu/pgbouncer:v1.25.2-p0", "1.25.2"],
  ["127.0.0.1:5000/redis", "latest"],
  ["redis:alpine", "alpine"],
])("the tag of %s names version %s", (reference, version) => {
  expect(versionOfTag(reference)).toBe(version);
});

test("a prefix stands before the reference and changes no version", () => {
  expect(registryReference("rabbitmq:4.0.9-management", "127.0.0.1:5000/")).toEqual({
    reference: "127.0.0.1:5000/rabbitmq:4.0.9-management",
    version: "4.0.9",
  });
});

describe("mirrors of registries", () => {
  const mirrors = parseMirrors("docker.io=mirror.example:5000/hub, ghcr.io=mirror.example/ghcr/") ?? new Map();

  test.each([
    ["postgres:18.6", "mirror.example:5000/hub/library/postgres:18.6"],
    ["edoburu/pgbouncer:v1.25.2-p0", "mirror.example:5000/hub/edoburu/pgbouncer:v1.25.2-p0"],
    ["docker.io/redis:8", "mirror.example:5000/hub/library/redis:8"],
    ["ghcr.io/a/b:1@sha256:0", "mirror.example/ghcr/a/b:1@sha256:0"],
    ["quay.io/a/b:1", "quay.io/a/b:1"],
  ])("%s is %s there", (reference, there) => {
    expect(registryReference(reference, mirrors).reference).toBe(there);
  });

  test.each(["mirror.example", "docker.io=", "=mirror", "docker.io=https://mirror", "a=b c"])(
    "%j is no list of them",
    (text) => {
      expect(parseMirrors(text)).toBeUndefined();
    },
  );
});

test("a Debian version becomes a tag that Docker accepts", () => {
  expect(tagOfVersion("5:8.0.2-3+deb13u3")).toBe("8.0.2-3.deb13u3");
  expect(tagOfVersion("18.6-3\n")).toBe("18.6-3");
  const character = constantFrom("0", "1", "9", "a", "z", ".", "+", "~", "-");
  assert(
    property(nat(9), string({ unit: character, maxLength: 20 }), (epoch, rest) => {
      expect(tagOfVersion(`${epoch}:1${rest}`)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
    }),
  );
});
