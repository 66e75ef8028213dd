import { expect, test } from "vitest";
import { z } from "zod";
import { findProblems } from "../../../stack/core/profile/issues.ts";

const schema = z.strictObject({ nodes: z.literal([1, 3], { error: "1 or 3" }), mode: z.enum(["none", "log"]) });

test.for([
  [{ nodes: "3", mode: "none" }, "3"],
  [{ nodes: 1, mode: "Log" }, '"log"'],
] as const)("%j: what is suggested must be accepted when it is written", ([data, suggestion]) => {
  const [problem] = findProblems(schema, data, () => ({ file: "mine.yaml", line: 1, column: 1 }));
  expect(problem?.suggestion).toBe(suggestion);
  const meant: unknown = JSON.parse(suggestion);
  const key = problem?.path ?? "";
  expect(schema.safeParse({ ...data, [key]: meant }).success).toBe(true);
});
