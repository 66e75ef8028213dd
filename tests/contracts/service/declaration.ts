/** What every service promises of its declaration: names, options, ports, images, and what it wants of others. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { wantProblems } from "../../../stack/core/profile/wants.ts";
import type { Service } from "../../../stack/core/service/service.ts";
import { grantsOf, neighboursOf, wiringOf } from "../../../stack/core/service/wiring.ts";
import { PROJECT } from "../../support/core/sources.ts";
import { fakeCredentials } from "../../support/core/stack.ts";
import { expectUnique } from "./unique.ts";

export function declarationContract(service: Service, catalogue: readonly Service[]): void {
  const { name, options } = service;
  const configured = service.configure({});
  const wiring = wiringOf(catalogue.map((each) => each.configure({})));

  test("has a title, and describes every option", () => {
    expect(service.title).not.toBe("");
    for (const [option, schema] of Object.entries(propertiesOf(options))) {
      expect(z.object({ description: z.string().min(1) }).safeParse(schema).success, option).toBe(true);
    }
  });

  test("has a default for every option, and refuses one that it does not know", () => {
    expect(service.configure(null).options).toEqual(configured.options);
    expect(() => service.configure({ "no such option": true })).toThrow(z.ZodError);
  });

  test("has at least one source of its image, with a recipe where it is built", () => {
    const { sources } = configured.image;
    expect(sources).not.toEqual([]);
    for (const source of sources) {
      if (source.kind === "registry") expect(source.reference).toMatch(/^\S+:[^:/\s]+$/);
      else expect(existsSync(join(PROJECT, "stack/services", source.folder, "Dockerfile")), source.folder).toBe(true);
    }
  });

  test("has names that are unique: of instances and of credentials", () => {
    const { instances, credentials } = configured;
    expect(instances).not.toEqual([]);
    for (const instance of instances) expect(instance).toMatch(/^[a-z][a-z0-9-]*$/);
    expectUnique(instances);
    expectUnique(credentials.map((credential) => credential.name));
  });

  test("has ports that are named, and unique for each instance and on the host", () => {
    const { ports, instances } = configured;
    for (const port of ports) {
      expect(instances).toContain(port.instance);
      expect(port.name).toMatch(/^[a-z][a-z-]*$/);
    }
    expectUnique(ports.map((port) => `${port.instance} ${port.name}`));
    expectUnique(ports.map(({ instance, container }) => `${instance} ${container}`));
    expectUnique(ports.map(({ defaultHostPort }) => defaultHostPort));
  });

  test("has URLs whose credentials and places are those that there are", () => {
    for (const { url } of configured.ports) {
      if (!url) continue;
      expect(url.variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
      const [credential = "", owner = name] = url.credential.split(".").toReversed();
      const known = wiring.services.get(owner)?.credentials.map((spec) => spec.name);
      expect(known, url.credential).toContain(credential);
      for (const [, place = ""] of url.template.matchAll(/\{([^}]*)\}/g)) {
        const [neighbour = "", option] = place.split(".");
        if (option === undefined) expect(["user", "password", "host", "port"]).toContain(place);
        else expect(neighboursOf(configured, wiring)[neighbour]?.options[option], place).toBeDefined();
      }
    }
  });

  test("wants what its owner grants, with these parameters, for a credential that there is", () => {
    const entries = Object.fromEntries(
      catalogue.map((each) => [each.name, { enabled: true, options: {}, settings: {} }]),
    );
    const all = catalogue.map((each) => ({ service: each.configure({}), valid: true }));
    const problems = wantProblems(entries, all, () => ({ file: "", line: 1, column: 1 }));
    expect(problems.filter(({ path }) => path.startsWith(`services.${name}`))).toEqual([]);
    for (const { from } of configured.wants) expect([...wiring.services.keys()]).toContain(from);
    expect(() => neighboursOf(configured, wiring)).not.toThrow();
    expect(() => grantsOf(configured, wiring, fakeCredentials("x"))).not.toThrow();
    expectUnique(configured.grants.map((grant) => grant.name));
  });
}

/** The options as their JSON schema describes them. */
export function propertiesOf(options: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(options, { io: "input", unrepresentable: "any" }).properties ?? {};
}
