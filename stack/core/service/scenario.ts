/** Scenarios: an operation on a service, measured through a real client. */

export type Effect = "read" | "durable write" | "volatile write";

export interface Scenario {
  /** "<service>/<operation>". */
  readonly name: string;
  /** One line for people: "select one row by primary key". */
  readonly title: string;
  readonly effect: Effect;
  /** True if it is one of the smoke benchmarks. */
  readonly smoke: boolean;
  /** Concurrent clients, each of which waits for its answer before it sends again (closed loop). */
  readonly clients: number;
  /**
   * Everything that must be equal for two runs to compare: row counts, value sizes, durability. Goes into the
   * fingerprint.
   */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Absent if unknown: then nothing is predicted from it, and no physical bound is asserted. */
  readonly cost?: Cost;
  /**
   * Number of load generator threads that may share the clients, for operations so short that one thread would limit
   * the throughput. Default 1.
   */
  readonly threads?: number;
  /**
   * Opens new connections for `clients` clients, on the data that `Bench.setup` created. `first` is the number of the
   * first of them among all clients of the scenario (default 0), because other threads open the other ones.
   */
  open(clients: number, first?: number): Promise<ScenarioRun>;
  /**
   * Creates data that only this scenario needs, once before its first block, after `Bench.setup`; `teardown` removes
   * it.
   */
  prepare?(): Promise<void>;
  /** The same operation by the server's own load tool inside the container. The difference shows the network path. */
  readonly loadTool?: LoadTool;
}

/** Runs a load tool of the server's image: "pgbench", "redis-benchmark". `LoadToolFormat` describes what one prints. */
export interface LoadTool {
  readonly tool: string;
  /** Client counts for which `bench:fidelity` compares the load loop with the tool; absent: none. */
  readonly comparedAt?: readonly number[];
  /**
   * Measures once. Rejects with the reason if it cannot. Nothing keeps running after `signal` or after the run is
   * killed.
   */
  run(options: LoadToolOptions): Promise<LoadToolResult>;
}

export interface LoadToolOptions {
  readonly clients: number;
  readonly durationS: number;
  readonly signal: AbortSignal;
}

export interface LoadToolResult {
  /** Operations per second, without the time to connect. */
  readonly throughput: number;
  readonly operations: number;
  readonly meanMs: number;
  readonly p95Ms?: number;
}

/** What one operation waits for, counted from the design of its protocol, not measured. */
export interface Cost {
  /**
   * Mean number of requests sent one after another, each after the previous answer: 7 for a transaction of 7
   * statements.
   */
  readonly roundTrips: number;
  /** Synced writes, one after another, between the request and its answer; 0 if the answer waits for none. */
  readonly syncs: number;
}

export interface ScenarioRun {
  /** Carries out one operation of one client (0 … clients − 1); calls for the same client never overlap. */
  operation(client: number): Promise<void>;
  close(): Promise<void>;
}

/** The benchmark part of a service: its own data, marked by name, and scenarios that use it. */
export interface Bench {
  readonly scenarios: readonly Scenario[];
  /** Resolves durability and other server properties that a baseline depends on, as read from the server. */
  fingerprint(): Promise<Readonly<Record<string, string>>>;
  /** Removes what a killed run left, then creates the data set. */
  setup(): Promise<void>;
  /**
   * Resolves the server's own cumulative counters of work, by name ("WAL bytes", "rows read", "bytes sent"), summed over its
   * instances. Asked before and after every block, while nothing else runs; a few milliseconds at most. Only what is exact
   * at once and the same for the same operation: not what follows the cache, the disk or other clients.
   */
  readonly counters?: () => Promise<Readonly<Record<string, number>>>;
  /** Opens a connection for the smallest request that the server answers, which measures the minimum round trip. */
  readonly openRoundTrip?: () => Promise<RoundTrip>;
  /** Removes everything that `setup` and the scenarios created. Safe to call twice, and without `setup`. */
  teardown(): Promise<void>;
}

export interface RoundTrip {
  /** Sends one request and waits for its answer. */
  trip(): Promise<void>;
  close(): Promise<void>;
}
