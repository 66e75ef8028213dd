import { expect, test } from "vitest";
import { projectName } from "../../stack/core/stack-names.ts";

test("stacks side by side must be Compose projects of their own", () => {
  expect([projectName("default"), projectName("mine")]).toEqual(["plumbline", "plumbline-mine"]);
});
