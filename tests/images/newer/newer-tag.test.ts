import { expect, test } from "vitest";
import { newerTag } from "../../../stack/images/newer/newer-tag.ts";

test.each([
  ["postgres:18.6", ["17.9", "18", "18.7", "18.10", "18.10-alpine", "19.1", "latest"], "18.10"],
  ["postgres:18.6@sha256:abc", ["18.5", "18.6"], undefined],
  [
    "127.0.0.1:5000/rabbitmq:4.0.9-management",
    ["4.0.10", "4.1.2-management", "4.1.2-management-alpine"],
    "4.1.2-management",
  ],
  ["edoburu/pgbouncer:v1.25.2-p0", ["v1.25.2-p1", "v2.0.0-p0", "1.26.0"], "v1.25.2-p1"],
  ["redis:8.0.4", [], undefined],
  ["thing:latest", ["latest", "nightly"], undefined],
  ["thing", ["1.0"], undefined],
])("of %s among %j is %s", (reference, tags, newest) => {
  expect(newerTag(reference, tags)).toBe(newest);
});
