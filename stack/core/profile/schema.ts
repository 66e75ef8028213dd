/** The schema of profile files. It checks files and is exported as `profiles/profile.schema.json`. */
import { z } from "zod";
import type { Service } from "../service/service.ts";
import type { Wirable } from "../service/wiring.ts";
import { formatBytes, gib, parseBytes, parseDurationMs, parsePercent } from "../units.ts";
import type { Bytes } from "../units.ts";

/** What a profile needs to know about a service. */
export type ProfileService = Pick<Service, "name" | "title" | "options"> & {
  readonly configure: (options: unknown) => Wirable;
};

/**
 * Returns the schema of one file. Custom messages complete the sentence "found …, expected …". Every key is optional: a
 * missing key comes from the parent, and then from the defaults.
 */
export function profileSchema(services: readonly ProfileService[], runtimes: readonly string[]) {
  return z.strictObject({
    extends: z.string().min(1).optional().describe("Name of the profile that this one starts from."),
    description: z.string().default("").describe("One line for people: what this profile is for."),
    machine: machine
      .prefault({})
      .describe("The machine that the containers run on. An engine that is already there is taken as it is."),
    services: z
      .strictObject(Object.fromEntries(services.map((service) => [service.name, serviceEntry(service)])))
      .prefault({})
      .describe("The services wanted. `false` drops one that a parent has; one that is not named is not there."),
    workload: workload.prefault({}).describe("What the stack is used for; input of the formulas."),
    verification: verification.prefault({}).describe("How the running stack is measured after it came up."),
    images: z
      .enum(["auto", "registry", "debian"])
      .default("auto")
      .describe("Where images come from; auto asks the registry and builds from Debian packages where none answers."),
    runtime: runtimeName(runtimes)
      .default("auto")
      .describe("What drives the machine; auto takes the first that works here."),
    portOffset: whole(0, MAX_PORT_OFFSET)
      .default(0)
      .describe("Added to every published port, so that two stacks can run side by side."),
  });
}

/**
 * Returns the schema of a file as JSON Schema, for editors. It checks forms and names, but not the ranges of
 * quantities.
 */
export function profileJsonSchema(services: readonly ProfileService[], runtimes: readonly string[]) {
  const schema = z.toJSONSchema(profileSchema(services, runtimes), { io: "input" });
  const patternProperties = { "^x-": { description: "Ignored: a place for anchors." } };
  return { $schema: schema.$schema, title: "A profile of Plumbline", ...schema, patternProperties };
}

/** 15672 is the highest port of the catalogue; 65535 is the highest that exists. */
const MAX_PORT_OFFSET = 49_000;

/** Longer than any value, and far shorter than the 4 KiB after which MySQL takes the rest of a line for another line. */
const LONGEST_SETTING = 500;
const settingText = z.string().max(LONGEST_SETTING, { error: `a text of at most ${LONGEST_SETTING} characters` });

const settingValue = z.union([settingText, z.number(), z.boolean()], { error: "a text, a number, true or false" });

/** Values by the server's names of its settings, which are judged after sizing. */
const settings = z
  .record(z.string(), settingValue)
  .describe(
    "Any setting of the server by its own name, computed or not, sizes and times with their unit: {work_mem: 8MB, wal_level: logical}. What cannot hold, and what Plumbline gives itself, is refused.",
  )
  .optional();

/** An entry without a value (`redis:`) is null in YAML and means the defaults, like `true`. */
function serviceEntry({ title, options }: ProfileService) {
  const known = options instanceof z.ZodObject ? options.shape : {};
  const mapping = z.strictObject({ ...known, settings });
  return z
    .union([z.boolean(), z.null(), mapping], { error: "true, false or a mapping of options" })
    .describe(`${title}: true for the defaults, false to drop it, or its options.`)
    .optional();
}

function runtimeName(runtimes: readonly string[]) {
  return runtimes.length === 0 ? z.string().min(1) : z.enum(["auto", ...runtimes]);
}

const IMAGE = 'the path of a file of this computer from / or ~/ on, such as "~/images/machine.qcow2"';

const machine = z.strictObject({
  cpus: whole(1, 256).default(4).describe("Processors of the machine: a whole number from 1 to 256."),
  memory: size(gib(1), gib(4096))
    .prefault("8 GiB")
    .describe("Memory of the machine, with a unit (MiB or GiB); the services' budgets are cut from it."),
  disk: size(gib(5), gib(65_536))
    .prefault("60 GiB")
    .describe("Disk of the machine, with a unit. NOTE: a virtual machine's disk can grow later and never shrink."),
  image: z
    .string({ error: IMAGE })
    .regex(/^~?\//, { error: IMAGE })
    .optional()
    .describe(
      "Disk image that a new virtual machine starts from: the path of a file of this computer, for networks without the pages that the runtime downloads it from.",
    ),
});

const workload = z.strictObject({
  kind: z
    .enum(["web", "oltp", "dw", "mixed"])
    .default("web")
    .describe("web: many short reads; oltp: short writes; dw: long scans; mixed: both."),
  clients: whole(1, 100_000).default(100).describe("Clients that connect to the pools at once."),
  connections: whole(1, 10_000)
    .default(15)
    .describe("Connections that each database accepts directly, besides the pool's own."),
});

const verification = z.strictObject({
  budget: quantity('a time with its unit, such as "30 s"', /^\s*\d+(\.\d+)?\s*(ms|s|min)\s*$/, parseDurationMs, {
    least: 1000,
    most: 3_600_000,
    range: '"1 s" to "60 min"',
  })
    .prefault("30 s")
    .describe("Time for the smoke benchmarks of all services together, with a unit (s or min)."),
  margin: quantity('a percentage, such as "10%"', /^\s*\d+(\.\d+)?\s*%\s*$/, parsePercent, {
    least: 0.01,
    most: 0.9,
    range: '"1%" to "90%"',
  })
    .prefault("10%")
    .describe("Loss against the baseline that still counts as meeting it."),
});

function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function size(least: Bytes, most: Bytes) {
  const range = `"${formatBytes(least)}" to "${formatBytes(most)}"`;
  const pattern = /^\s*\d+(\.\d+)?\s*[kKmMgGtT]([iI]?[bB])?\s*$/;
  return quantity('a size with its unit, such as "8 GiB"', pattern, parseBytes, { least, most, range });
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly range: string;
}

/** A number with its unit, as text; the schema outputs the number in the unit of `parse`. */
function quantity<T extends number>(what: string, form: RegExp, parse: (text: string) => T | undefined, range: Range) {
  return z
    .string({ error: what })
    .regex(form, { error: what })
    .transform((text, context) => {
      const amount = parse(text);
      if (amount !== undefined && amount >= range.least && amount <= range.most) return amount;
      context.addIssue({ code: "custom", message: `from ${range.range}` });
      return z.NEVER;
    });
}
