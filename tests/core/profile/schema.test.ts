import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { profileJsonSchema, profileSchema } from "../../../stack/core/profile/schema.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { services as registry } from "../../../stack/services/index.ts";
import { RUNTIMES, SERVICES } from "../../support/core/profile-fixtures.ts";

const folder = fileURLToPath(new URL("../../../profiles/", import.meta.url));
const services = [...registry.values()];
const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml"));

/** zod's reader of JSON Schema: what an editor would say of a file. */
function accepts(schema: unknown, data: unknown): boolean {
  return z.fromJSONSchema(z.record(z.string(), z.json()).parse(schema)).safeParse(data).success;
}

describe("the shipped profiles", () => {
  test("minimal, dev and qa must be there", () => {
    expect(files).toEqual(expect.arrayContaining(["dev.yaml", "minimal.yaml", "qa.yaml"]));
  });

  test.for(files)("%s must be good, and tell editors its schema in the first line", async (file) => {
    const text = await readFile(folder + file, "utf8");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./profile.schema.json");
    const { profile } = await readProfile(folder + file, { services });
    expect(profile.name).toBe(file.replace(".yaml", ""));
    expect(profile.description).not.toBe("");
  });

  test.for(files)("%s must be accepted by the schema that editors use", async (file) => {
    const schema: unknown = JSON.parse(await readFile(`${folder}profile.schema.json`, "utf8"));
    expect(accepts(schema, parseYaml(await readFile(folder + file, "utf8")))).toBe(true);
  });

  test("dev must say every key at its default, so that it teaches", async () => {
    const data: unknown = parseYaml(await readFile(`${folder}dev.yaml`, "utf8"));
    const schema = profileSchema([], []).omit({ services: true }).loose();
    const { services: _, description: __, ...said } = schema.parse(data);
    const { description: ___, ...defaults } = schema.parse({});
    expect(said).toEqual(defaults);
  });

  test.for(services)("dev must say every option of $name at its default", async ({ name, options }) => {
    const { profile } = await readProfile("dev", { services });
    expect(profile.services[name] ?? {}).toEqual(options.parse({}));
  });

  test("qa must be dev on a larger machine, with 200 connections", async () => {
    const [dev, qa] = await Promise.all(["dev", "qa"].map((name) => readProfile(name, { services })));
    expect(qa?.profile.services).toEqual(dev?.profile.services);
    expect(qa?.profile.workload).toEqual({ ...dev?.profile.workload, connections: 200 });
  });
});

describe("the JSON Schema", () => {
  const json: unknown = JSON.parse(JSON.stringify(profileJsonSchema(SERVICES, RUNTIMES)));

  test.for([
    { services: { store: true, pool: null, queue: false } },
    { extends: "dev", services: { store: { nodes: 3, mode: "log", settings: { a: 1, b: "x", c: true } } } },
    { machine: { cpus: 2, memory: "4 GiB", disk: "20GB" }, workload: { kind: "oltp", clients: 1, connections: 1 } },
    { verification: { budget: "500 ms", margin: "5%" }, images: "debian", runtime: "engine", portOffset: 100 },
  ])("must accept %j", (data) => {
    expect(accepts(json, data)).toBe(true);
  });

  test.for([
    { descripton: "x" },
    { machine: { cpu: 1 } },
    { machine: { cpus: "4" } },
    { machine: { cpus: 0 } },
    { machine: { cpus: 1.5 } },
    { machine: { memory: 8 } },
    { machine: { memory: "8 Gigs" } },
    { workload: { kind: "wbe" } },
    { verification: { budget: "2 h" } },
    { verification: { margin: 0.1 } },
    { images: "none" },
    { runtime: "docker" },
    { portOffset: -1 },
    { services: { stroe: true } },
    { services: { store: "yes" } },
    { services: { store: { nodes: 2 } } },
    { services: { store: { node: 3 } } },
    { services: { store: { ratio: 1 } } },
    { services: { store: { settings: { a: [1] } } } },
    [],
  ])("and Plumbline must both refuse %j", (data) => {
    expect(accepts(json, data)).toBe(false);
    expect(profileSchema(SERVICES, RUNTIMES).safeParse(data).success).toBe(false);
  });
});
