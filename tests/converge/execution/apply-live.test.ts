import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { profileOf } from "../../support/core/stack.ts";
import { failure, scene } from "../../support/fakes/executor-scene.ts";

/** A server that runs, whose profile gives it another timeout, and that refuses it with these words. */
async function refusing(words: string): Promise<PlumblineError> {
  const services = { store: {} };
  const given = profileOf({ services, overrides: { store: { timeout: 9 } } });
  const { world, run } = scene(given, () => {}, profileOf({ services }));
  world.intercept = (event) => {
    if (event.startsWith("tell ")) throw new Error(words);
  };
  const { error } = await failure(run());
  if (error instanceof PlumblineError) return error;
  throw error;
}

describe("a running server that refuses a setting of the profile", () => {
  test("must be answered with the setting and its place, if its words name it", async () => {
    const words = "ERR Unknown option or number of arguments for CONFIG SET - 'timeout'";
    const error = await refusing(words);
    expect(error).toMatchObject({ code: "NOT_CONVERGED", why: words, details: { settings: ["timeout"] } });
    expect(error.fix).toMatch(
      /^Correct or remove what the profile gives at \S+:\d+:\d+: services\.store\.settings\.timeout$/,
    );
  });

  test("must be answered with where to look, if they name none", async () => {
    const error = await refusing("out of memory");
    expect(error).toMatchObject({ code: "NOT_CONVERGED", why: "out of memory" });
    expect(error.fix).toContain("`npm run logs -- store-1`");
  });
});
