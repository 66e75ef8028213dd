/** What is measured: an operation on a service, through a real client. */

export type Effect = "read" | "durable write" | "volatile write";

export interface Scenario {
  /** "<service>/<operation>". */
  readonly name: string;
  /** One line for people: "select one row by primary key". */
  readonly title: string;
  readonly effect: Effect;
  /** Part of the smoke set. */
  readonly smoke: boolean;
  /** Clients that send at once, each waiting for its answer (closed loop). */
  readonly clients: number;
  /** Everything that makes two runs comparable: row counts, value sizes, durability. Goes into the fingerprint. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Absent if it is not known: then nothing is predicted from it, and no physical bound is asserted. */
  readonly cost?: Cost;
  /**
   * Threads of the load generator that its clients may be shared out among, where its operations are so short that one
   * thread sets the pace; 1 where absent.
   */
  readonly threads?: number;
  /**
   * Opens new connections for `clients` clients, on the data that `Bench.setup` made. `first` is the number of the first
   * of them among all clients of the scenario (0 where absent): other threads have the others.
   */
  open(clients: number, first?: number): Promise<ScenarioRun>;
  /** Data that only this scenario needs, made once before its first block, after `Bench.setup`; removed by `teardown`. */
  prepare?(): Promise<void>;
  /** The same operation by the server's own load tool, inside the container: the difference is the network path. */
  readonly loadTool?: LoadTool;
}

/** Runs a load tool of the server's image: "pgbench", "redis-benchmark". `LoadToolFormat` describes what one prints. */
export interface LoadTool {
  readonly tool: string;
  /** Client counts at which `bench:fidelity` compares the load loop with the tool; none if absent. */
  readonly comparedAt?: readonly number[];
  /** Measures once. Rejects with the reason if it cannot. Nothing keeps running after `signal` or a killed run. */
  run(options: LoadToolOptions): Promise<LoadToolResult>;
}

export interface LoadToolOptions {
  readonly clients: number;
  readonly durationS: number;
  readonly signal: AbortSignal;
}

export interface LoadToolResult {
  /** Operations a second, without the time to connect. */
  readonly throughput: number;
  readonly operations: number;
  readonly meanMs: number;
  readonly p95Ms?: number;
}

/** What one operation waits for, by construction of its protocol: not measured, but counted. */
export interface Cost {
  /** Requests that are sent only after the answer to the one before, on average: 7 for a transaction of 7 statements. */
  readonly roundTrips: number;
  /** Synced writes, one after the other, between the request and its answer; 0 where the answer does not wait for any. */
  readonly syncs: number;
}

export interface ScenarioRun {
  /** One operation of one client (0 … clients − 1); never called twice at once for the same client. */
  operation(client: number): Promise<void>;
  close(): Promise<void>;
}

/** The benchmark half of a service: data of its own, marked by name, and scenarios on it. */
export interface Bench {
  readonly scenarios: readonly Scenario[];
  /** Durability and other server properties that a baseline depends on, read from the server. */
  fingerprint(): Promise<Readonly<Record<string, string>>>;
  /** Removes what a killed run left, then makes the data set. */
  setup(): Promise<void>;
  /** Opens a connection for the smallest request that the server answers: what the way there and back costs at least. */
  readonly openRoundTrip?: () => Promise<RoundTrip>;
  /** Removes everything `setup` and the scenarios made. Safe to call twice, and without `setup`. */
  teardown(): Promise<void>;
}

export interface RoundTrip {
  /** One request and its answer. */
  trip(): Promise<void>;
  close(): Promise<void>;
}
