/** A published document of figures as data: every table, printed output and claim, with its line in the source. */
import { z } from "zod";

/** A line number in the source document, from 1. */
const line = z.number().int().positive();

/**
 * A table of the source. Tables of operations and endpoints have their rows as numbers in `rows` of the baseline; all
 * others keep their cells here as printed ("~2.8 GB", "<1%").
 */
const tableSchema = z.strictObject({
  id: z.string(),
  /** Headings from the outermost: "Resource Usage › Per-Service Resource Usage". */
  section: z.string(),
  line,
  /** The load tool that the source names for this table. */
  tool: z.string().optional(),
  /** Concurrent clients, if the source states them for the whole table. */
  clients: z.number().int().positive().optional(),
  columns: z.array(z.string()).optional(),
  rows: z.array(z.strictObject({ line, cells: z.array(z.string()) })).optional(),
  /** A row that states the sum of the rows above it. */
  total: z.strictObject({ line, cells: z.array(z.string()) }).optional(),
});

const milliseconds = z.number().positive().optional();

const rowSchema = z.strictObject({
  table: z.string(),
  line,
  service: z.string(),
  operation: z.string(),
  /** The scenarios that measure the same operation, such as directly and through a pool; empty if there is none. */
  scenarios: z.array(z.string()),
  /** The server's own load tool behind the figures; the scenarios run the same tool for comparison. */
  native: z.string().optional(),
  /** In `unit`; absent if the source gives none. */
  throughput: z.number().positive().optional(),
  unit: z.string().optional(),
  meanMs: milliseconds,
  p50Ms: milliseconds,
  p95Ms: milliseconds,
  p99Ms: milliseconds,
  maxMs: milliseconds,
  /** Concurrent clients, if the source states them for this row. */
  clients: z.number().int().positive().optional(),
  /** Number of operations, and the 95 % interval of the throughput, if the source gives them. */
  samples: z.number().int().positive().optional(),
  interval95: z.strictObject({ low: z.number(), high: z.number() }).optional(),
  /** Services that one operation depends on, as the source names them; [] if the source says "no dependencies". */
  involves: z.array(z.string()).optional(),
  note: z.string().optional(),
});

/** Printed output of a load tool, line by line. */
const outputSchema = z.strictObject({
  id: z.string(),
  section: z.string(),
  line,
  tool: z.string(),
  /** The command line as printed; absent if the source gives none. */
  argv: z.array(z.string()).optional(),
  /** The service that was measured. */
  service: z.string(),
  /** By printed test name: the scenarios that measure the same with this tool. */
  scenarios: z.record(z.string(), z.array(z.string())).optional(),
  lines: z.array(z.string()),
});

/** A figure elsewhere in the document: in a table, in a tool's output, or in the text. */
const figureSchema = z.union([
  z.strictObject({ table: z.string(), row: z.string(), field: z.string(), times: z.number().positive().optional() }),
  z.strictObject({ output: z.string(), value: z.string() }),
  z.strictObject({ printed: z.string(), line }),
]);

const pairsSchema = z.array(z.strictObject({ of: figureSchema, to: figureSchema }));
const claimFields = { section: z.string(), line, text: z.string() };

/** "more": of / to − 1. "less": 1 − of / to. "times": of / to. "plus": of − to. */
const measureSchema = z.enum(["more", "less", "times", "plus"]);

const claimSchema = z.discriminatedUnion("kind", [
  /** A stated comparison of two figures. Empty `pairs`: no figures of the document support it. */
  z.strictObject({
    kind: z.literal("compared"),
    ...claimFields,
    measure: measureSchema,
    stated: z.string(),
    pairs: pairsSchema,
  }),
  /** Figures of the same thing, before and after, that are claimed to be about equal. */
  z.strictObject({ kind: z.literal("unchanged"), ...claimFields, pairs: pairsSchema }),
  /** A claimed order, best first, and the figures behind it, compared by one field. */
  z.strictObject({
    kind: z.literal("ranked"),
    ...claimFields,
    better: z.enum(["higher", "lower"]),
    ranks: z.array(z.strictObject({ name: z.string(), figures: z.array(figureSchema) })).min(2),
  }),
  /** One measurement that is stated in two places. */
  z.strictObject({ kind: z.literal("restated"), ...claimFields, of: figureSchema, to: figureSchema }),
  /** A stated product: requests = rate × time. */
  z.strictObject({
    kind: z.literal("product"),
    ...claimFields,
    factors: z.array(z.string()).min(2),
    stated: z.string(),
  }),
  /** A claim in words that no figure can confirm or refute. */
  z.strictObject({ kind: z.literal("statement"), ...claimFields }),
]);

/** Different names in one table for the same mode of a protocol, and the specification that says so. */
const modeSchema = z.strictObject({
  mode: z.string(),
  specification: z.string(),
  table: z.string(),
  rows: z.array(z.string()).min(2),
});

export const referenceSchema = z.strictObject({
  $schema: z.string().optional(),
  kind: z.literal("reference"),
  version: z.literal(1),
  name: z.string().min(1),
  title: z.string(),
  /** Why these figures are shown but never tested against. */
  caution: z.string(),
  date: z.string(),
  /** The document that the line numbers refer to. */
  source: z.string(),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
  versions: z.record(z.string(), z.string()),
  methods: z.record(z.string(), z.string()),
  tables: z.array(tableSchema),
  rows: z.array(rowSchema),
  toolOutputs: z.array(outputSchema),
  /** Command lines that the source gives without output. */
  commands: z.array(z.strictObject({ section: z.string(), line, text: z.string() })),
  claims: z.array(claimSchema),
  modes: z.array(modeSchema),
});

export type ReferenceBaseline = z.infer<typeof referenceSchema>;
export type ReferenceRow = z.infer<typeof rowSchema>;
export type ReferenceTable = z.infer<typeof tableSchema>;
export type ToolOutput = z.infer<typeof outputSchema>;
export type Figure = z.infer<typeof figureSchema>;
export type Claim = z.infer<typeof claimSchema>;
