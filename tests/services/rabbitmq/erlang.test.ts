import { describe, expect, test } from "vitest";
import type { Target } from "../../../stack/core/service/service.ts";
import { evaluate } from "../../../stack/services/rabbitmq/erlang.ts";

/** A container with some programs, each answering with fixed text. */
function containerWith(programs: Readonly<Record<string, string>>): Target {
  return {
    instance: "rabbitmq",
    host: "127.0.0.1",
    port: () => 5672,
    address: "172.20.0.2",
    neighbours: {},
    credentials: () => {
      throw new Error("the node's cookie is all that is needed");
    },
    exec: async ([program = ""]) => {
      const stdout = programs[program];
      if (stdout === undefined) throw new Error(`${program}: executable file not found in $PATH`);
      return { exitCode: 0, stdout, stderr: "" };
    },
  };
}

describe("An expression's value", () => {
  test("comes from erl_call without its wrapping", async () => {
    expect(await evaluate(containerWith({ erl_call: "{ok, {1, 2}}" }), "{1, 2}")).toBe("{1, 2}");
  });

  test("comes from rabbitmqctl in an image without erl_call", async () => {
    expect(await evaluate(containerWith({ rabbitmqctl: "{1,\n 2}\n" }), "{1, 2}")).toBe("{1,\n 2}");
  });

  test("comes from rabbitmqctl when erl_call answers that it failed", async () => {
    const target = containerWith({ erl_call: "{error, {badrpc, nodedown}}", rabbitmqctl: "3\n" });
    expect(await evaluate(target, "3")).toBe("3");
  });

  test("is an error that names the last program tried where there is neither", async () => {
    await expect(evaluate(containerWith({}), "3")).rejects.toThrow(/rabbitmqctl/);
  });
});
