import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderTuningEnv } from "../../stack/render/tuning-env.ts";
import { desiredOf, profileOf, shippedStack } from "../support/core/stack.ts";

/** The names that the performance document gives to the tuned values, by service. */
const DOCUMENT = {
  postgres: ["SHARED_BUFFERS", "EFFECTIVE_CACHE_SIZE", "WORK_MEM", "MAINTENANCE_WORK_MEM", "MAX_CONNECTIONS"].map(
    (name) => `POSTGRES_${name}`,
  ),
  pgbouncer: ["PGBOUNCER_DEFAULT_POOL_SIZE", "PGBOUNCER_MAX_CLIENT_CONN"],
  mysql: ["MYSQL_INNODB_BUFFER_POOL", "MYSQL_MAX_CONNECTIONS"],
  redis: ["REDIS_MAXMEMORY", "REDIS_MAXMEMORY_POLICY"],
  rabbitmq: ["RABBITMQ_VM_MEMORY_HIGH_WATERMARK"],
};

const variablesOf = (text: string) =>
  new Map(text.split("\n").flatMap((line) => (/^[A-Z]/.test(line) ? [split(line)] : [])));

function split(line: string): [name: string, value: string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

describe("tuning.env", () => {
  test.for(["dev", "minimal", "qa"])(
    "of %s must have the document's name for every tuned value of its services",
    async (name) => {
      const desired = await shippedStack(name);
      const variables = variablesOf(renderTuningEnv(desired));
      for (const [service, names] of Object.entries(DOCUMENT)) {
        const present = desired.services.some((each) => each.name === service);
        for (const variable of names) expect(variables.has(variable), variable).toBe(present);
      }
    },
  );

  test("must spell values as the servers do", async () => {
    const variables = variablesOf(renderTuningEnv(await shippedStack("dev")));
    expect(variables.get("POSTGRES_SHARED_BUFFERS")).toMatch(/^\d+MB$/);
    expect(variables.get("MYSQL_INNODB_BUFFER_POOL")).toMatch(/^\d+M$/);
    expect(variables.get("REDIS_MAXMEMORY")).toMatch(/^\d+mb$/);
    expect(variables.get("POSTGRES_MAX_CONNECTIONS")).toMatch(/^\d+$/);
  });

  test("must be readable by a shell: each line a comment, empty, or NAME=value without blanks", async () => {
    for (const line of renderTuningEnv(await shippedStack("qa")).split("\n")) {
      expect(line).toMatch(/^(#.*|[A-Z][A-Z0-9_]*=\S*|)$/);
    }
  });

  test("must name each variable once", async () => {
    const names = renderTuningEnv(await shippedStack("dev"))
      .split("\n")
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => split(line)[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("must give the reason of each value above it, and what the profile gave itself as given", () => {
    const profile = profileOf({ overrides: { store: { cache: "96 MiB" } } });
    expect(renderTuningEnv(desiredOf(profile))).toBe(
      [
        "# Profile test. The servers read these values from conf/; change them in the profile.",
        "",
        "# store",
        "# from the profile = 96 MiB",
        "STORE_CACHE=100663296",
        "",
      ].join("\n"),
    );
  });

  test("must give a shell that reads it every value as it is, and no command", async () => {
    const shipped = await shippedStack("minimal");
    const readBack = (text: string): string => {
      const services = shipped.services.map((service) => ({
        ...service,
        settings: service.settings.map((setting) =>
          setting.variable === "REDIS_MAXMEMORY_POLICY" ? { ...setting, value: text } : setting,
        ),
      }));
      const script = `${renderTuningEnv({ ...shipped, services })}printf %s "$REDIS_MAXMEMORY_POLICY"`;
      return spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout;
    };
    for (const text of ["$(echo run)", "`echo run`", "a b; echo run", "it's", '"', "$HOME & #"]) {
      expect(readBack(text)).toBe(text);
    }
    const anything = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(anything, (text) => {
        expect(readBack(text)).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  test("must keep the name of the profile in its comment", () => {
    const [first, second] = renderTuningEnv(desiredOf(profileOf({ name: "a\necho run\u2028" }))).split("\n");
    expect(first).toMatch(/^# Profile a echo run\uFFFD\. The servers/);
    expect(second).toBe("");
  });

  test("must change with the machine", async () => {
    const [dev, qa] = [await shippedStack("dev"), await shippedStack("qa")];
    expect(renderTuningEnv(dev)).not.toBe(renderTuningEnv(qa));
  });
});
