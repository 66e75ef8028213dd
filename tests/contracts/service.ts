/** What every service promises of its pure half. Sizes over machines and workloads are in service/sizes.ts. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { offersOf } from "../../stack/core/desire/offers.ts";
import { certificateSettings, type Desired, type DesiredService } from "../../stack/core/desire/desire.ts";
import type { SettingValue } from "../../stack/core/machine/facts.ts";
import { noCertificates } from "../../stack/core/service/certificate.ts";
import { NETWORKS } from "../../stack/core/service/container.ts";
import { overrideSettings } from "../../stack/core/service/override.ts";
import type { Service } from "../../stack/core/service/service.ts";
import type { Setting } from "../../stack/core/service/setting.ts";
import { gib, MIB } from "../../stack/core/units.ts";
import { composeFiles } from "../../stack/render/compose.ts";
import { renderStack } from "../../stack/render/stack.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { declarationContract, propertiesOf } from "./service/declaration.ts";
import { failureContract } from "./service/failures.ts";
import { scenarioContract } from "./service/scenarios.ts";
import { DEFAULTS, sizeContract } from "./service/sizes.ts";
import { expectUnique } from "./service/unique.ts";

export interface ServiceSubject {
  readonly service: Service;
  /** Every service of the stack that it is part of, itself included. */
  readonly catalogue: readonly Service[];
}

/** The beginning of every password in these tests. */
const SECRET = "never-to-be-seen";
const PASSWORD = `${SECRET}-password-`;
/** Everything that would break a line of a conf file, of tuning.env or of a terminal. */
const CONTROL = /\p{Cc}/u;

export function serviceContract({ service, catalogue }: ServiceSubject): void {
  describe(`service ${service.name}`, () => {
    declarationContract(service, catalogue);
    settingContract(service, catalogue);
    containerContract(service, catalogue);
    for (const [title, options] of variantsOf(service)) sizeContract(service.configure(options), title);
    scenarioContract(service.configure({}));
    failureContract(service.configure({}).failures);
  });
}

/** The defaults, and the defaults with every other value of each option that is a choice. */
function variantsOf({ options }: Service): readonly (readonly [title: string, options: unknown])[] {
  const choices = Object.entries(propertiesOf(options)).flatMap(([name, schema]) =>
    valuesOf(schema).map((value) => [`${name}: ${String(value)}`, { [name]: value }] as const),
  );
  return [[DEFAULTS, {}], ...choices];
}

const Choice = z.object({ enum: z.array(z.string()).optional(), type: z.unknown() });

function valuesOf(schema: unknown): readonly SettingValue[] {
  const found = Choice.safeParse(schema);
  if (!found.success) return [];
  return found.data.enum ?? (found.data.type === "boolean" ? [true, false] : []);
}

function settingContract(service: Service, catalogue: readonly Service[]): void {
  const { name } = service;
  const { settings, definition } = partOf(stackOf(catalogue), name);

  test("has settings and variables with unique names", () => {
    expectUnique(settings.map((setting) => setting.name));
    const variables = settings.flatMap(({ variable }) => variable ?? []);
    expectUnique(variables);
    for (const variable of variables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
  });

  test("explains every setting: formula, inputs and source", () => {
    for (const { name: setting, because } of settings) {
      expect(because.formula.trim(), setting).not.toBe("");
      expect(because.source.trim(), setting).not.toBe("");
      for (const [input, value] of Object.entries(because.inputs)) {
        expect(input.trim(), setting).not.toBe("");
        expect(value.trim(), `${setting}: ${input}`).not.toBe("");
      }
      // A letter of the formula that no input explains tells a reader nothing.
      for (const [letter] of because.formula.matchAll(/(?<![\p{L}\d_.])[A-Z](?![\p{L}\d_.])/gu)) {
        expect(Object.keys(because.inputs), `${setting}: ${because.formula}`).toContain(letter);
      }
    }
  });

  test("spells every setting on one line, without control characters", () => {
    for (const { name: setting, value, unit } of settings) {
      const text = definition.spell(value, unit);
      expect(text, setting).not.toMatch(CONTROL);
      if (value !== "") expect(text.trim(), setting).not.toBe("");
    }
  });

  test("takes sizes and times of a profile with their unit only, and says what to write for a bare number", () => {
    for (const setting of settings.filter(({ unit }) => ["bytes", "ms", "s"].includes(unit))) {
      const [problem] = overridden(setting, 2048).problems;
      expect(problem?.found, setting.name).toBe("2048 without a unit");
      const { settings: changed, problems } = overridden(setting, problem?.suggestion ?? "");
      expect(problems, setting.name).toEqual([]);
      expect(changed[0]?.value, setting.name).toBe(2048 * (setting.bareUnit ?? 1));
    }
  });

  test("writes every setting where its server reads it: a new container only for those that need one", () => {
    const before = stackOf(catalogue);
    const issued = new Set(certificateSettings(definition, noCertificates).map((setting) => setting.name));
    for (const setting of settings.filter((each) => !issued.has(each.name))) {
      const after = stackOf(catalogue, { [name]: { [setting.name]: otherValue(setting) } });
      const isNew = identitiesOf(after, name).some((identity, index) => identity !== identitiesOf(before, name)[index]);
      expect(isNew, `${setting.name} takes ${setting.takes}`).toBe(setting.takes === "recreate");
      expect(confOf(after, name), setting.name).not.toEqual(confOf(before, name));
    }
  });

  test("is the same for the same profile, file by file", () => {
    expect(renderStack(stackOf(catalogue), composeFiles)).toEqual(renderStack(stackOf(catalogue), composeFiles));
    expect(identitiesOf(stackOf(catalogue), name)).toEqual(identitiesOf(stackOf(catalogue), name));
  });
}

/** The setting as a profile's file gives it. */
function overridden(setting: Setting, value: SettingValue) {
  return overrideSettings({
    service: "any",
    tuned: [setting],
    overrides: { [setting.name]: value },
    isChecked: true,
    positionOf: () => ({ file: "", line: 1, column: 1 }),
  });
}

function containerContract(service: Service, catalogue: readonly Service[]): void {
  const desired = stackOf(catalogue);
  const { instances } = partOf(desired, service.name);

  test("has a valid container: command, volumes, mounts, networks and time to stop", () => {
    for (const { container } of instances) {
      const { command, entrypoint, volumes, stopGraceSeconds, networks = [], secretFiles = [], tmpfs = [] } = container;
      for (const argv of [command, entrypoint]) {
        if (!argv) continue; // that of the image
        expect(argv).not.toEqual([]);
        for (const word of argv) expect(word.trim()).not.toBe("");
      }
      for (const mount of [...Object.keys(volumes), ...tmpfs]) expect(mount).toMatch(/^\/\S+$/);
      for (const volume of Object.values(volumes)) expect(volume).toMatch(/^[a-z][a-z0-9-]*$/);
      expectUnique(Object.values(volumes));
      for (const { path } of secretFiles) expect(path).toMatch(/^[^/\s]\S*$/);
      for (const network of networks) expect(NETWORKS).toContain(network);
      expect(stopGraceSeconds).toBeGreaterThan(0);
      expect(Number.isInteger(stopGraceSeconds)).toBe(true);
    }
  });

  test("has conf files at unique paths inside its folder", () => {
    for (const { files } of instances) {
      expectUnique(files.map(({ path }) => path));
      for (const { path } of files) expect(path).toMatch(/^(?!.*\.\.)[^/\s][^\s]*$/);
    }
  });

  test("keeps passwords out of commands, environments and conf files", () => {
    for (const { container, files } of instances) {
      const { secretFiles: _, ...seen } = container;
      expect(JSON.stringify(seen)).not.toContain(PASSWORD);
      for (const { path, text = "" } of files) expect(text.includes(PASSWORD), path).toBe(false);
    }
  });

  test("offers what there is: instances, and ports with a path and a credential of its own", () => {
    const { definition } = partOf(desired, service.name);
    for (const offer of offersOf(desired).metrics.filter((each) => each.service === service.name)) {
      expect(definition.instances).toContain(offer.instance);
      expect(offer.port).toBeGreaterThan(0);
      expect(offer.path).toMatch(/^\//);
      const { credential } = offer;
      if (credential !== undefined) expect(definition.credentials.map((spec) => spec.name)).toContain(credential);
    }
  });
}

/** The stack of the whole catalogue on 4 cpus and 32 GiB, with the profile's settings by service. */
function stackOf(
  catalogue: readonly Service[],
  overrides: Readonly<Record<string, Readonly<Record<string, SettingValue>>>> = {},
): Desired {
  const services = Object.fromEntries(catalogue.map(({ name }) => [name, {}]));
  const machine = { cpus: 4, memory: gib(32), disk: gib(60) };
  const registry = new Map(catalogue.map((each) => [each.name, each]));
  return desiredOf(profileOf({ services, machine, overrides }), { registry, secret: SECRET });
}

function partOf({ services }: Desired, name: string): DesiredService {
  const found = services.find((service) => service.name === name);
  if (!found) throw new Error(`${name} is no part of this stack`);
  return found;
}

const identitiesOf = (desired: Desired, name: string) =>
  partOf(desired, name).instances.map(({ identity }) => identity);

/** What its servers read: conf files, commands and environments. */
function confOf(desired: Desired, name: string): readonly unknown[] {
  return partOf(desired, name).instances.map(({ files, container: { command, entrypoint, environment } }) => ({
    files,
    command,
    entrypoint,
    environment,
  }));
}

/** Another value of the same kind; for a switch its opposite. */
function otherValue({ value, unit }: Setting): SettingValue {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return unit === "bytes" ? 2 * value + MIB : value + 1;
  return SWITCHES[value] ?? `${value}x`;
}

const SWITCHES: Readonly<Record<string, string>> = { on: "off", off: "on", yes: "no", no: "yes", ON: "OFF", OFF: "ON" };
