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
  /** Opens new connections for `clients` clients, on the data that `Bench.setup` made. */
  open(clients: number): Promise<ScenarioRun>;
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
  /** Removes everything `setup` and the scenarios made. Safe to call twice, and without `setup`. */
  teardown(): Promise<void>;
}
