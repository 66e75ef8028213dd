/** What is observed, as data that one process hands to another. */
import { z } from "zod";

export const observedSchema = z.object({
  /** Operations per second. */
  throughput: z.number().positive(),
  /** Cpu per operation in microseconds: of the servers' containers, and of the client's process. */
  serverCpuUs: z.number().nonnegative(),
  clientCpuUs: z.number().nonnegative(),
  /** Cpu of all others, and what a hypervisor took, in cores. */
  otherCores: z.number().nonnegative(),
  stealCores: z.number().nonnegative(),
});

const timedSchema = observedSchema.pick({ throughput: true, otherCores: true });

const runSchema = z.object({
  scenario: z.string(),
  clients: z.number(),
  /** By connection, block and window. */
  observed: z.array(z.array(z.array(observedSchema))),
  /** Connecting and warm-up of one block in milliseconds, by connection. */
  overheadMs: z.array(z.number()),
  /** The server's own load tool and our client, in turn, each for as long. */
  tool: z.object({ tool: z.string(), ours: z.array(timedSchema), theirs: z.array(timedSchema) }).exactOptional(),
});

export const resultSchema = z.object({
  measured: z.array(runSchema),
  /** What was left out, and why. */
  notes: z.array(z.string()),
});

export type Observed = z.infer<typeof observedSchema>;
export type Timed = z.infer<typeof timedSchema>;
export type MeasuredOnce = z.infer<typeof runSchema>;
export type RunResult = z.infer<typeof resultSchema>;
export type ToolPair = NonNullable<MeasuredOnce["tool"]>;

/** All runs of one scenario with one number of clients. */
export interface Measured {
  readonly scenario: string;
  readonly clients: number;
  /** By run, connection, block and window. */
  readonly observed: readonly MeasuredOnce["observed"][];
  readonly overheadMs: readonly number[];
  readonly tool: ToolPair | undefined;
}

/** Joins what every run measured; what some run left out is left out. */
export function joined(runs: readonly RunResult[]): readonly Measured[] {
  const [first, ...others] = runs;
  return (first?.measured ?? []).flatMap((one) => {
    const same = others.map(({ measured }) => {
      return measured.find(({ scenario, clients }) => scenario === one.scenario && clients === one.clients);
    });
    const all = [one, ...same.filter((each) => each !== undefined)];
    if (all.length < runs.length) return [];
    const tools = all.flatMap(({ tool }) => tool ?? []);
    const [{ tool } = { tool: undefined }] = tools;
    return [
      {
        scenario: one.scenario,
        clients: one.clients,
        observed: all.map(({ observed }) => observed),
        overheadMs: all.flatMap(({ overheadMs }) => overheadMs),
        tool:
          tool === undefined
            ? undefined
            : { tool, ours: tools.flatMap(({ ours }) => ours), theirs: tools.flatMap(({ theirs }) => theirs) },
      },
    ];
  });
}
