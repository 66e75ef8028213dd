/** Wants and grants: what a service needs from its neighbours, and what a neighbour provides. */
import type { z } from "zod";
import type { Credential } from "./credential.ts";

/** Declared by the service that needs it, in its own folder. */
export interface Want {
  /** The service that provides it. */
  readonly from: string;
  /** Name of one of `from`'s grants. */
  readonly grant: string;
  /**
   * The wanting service's credential that gets an account at `from`. Required for grants with `account`, and only for
   * them.
   */
  readonly as?: string;
  /** The grant's parameters, checked by its schema; default `{}`. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** The service also works in a profile without `from`. */
  readonly optional?: true;
}

/** Declared by the service that provides it; its `prepare` or its conf files carry it out. */
export interface Grant {
  readonly name: string;
  /** Custom messages complete the sentence "found …, expected …". */
  readonly parameters: z.ZodType;
  /** The grantee gets its own account, with its own credential. */
  readonly account?: true;
  /** Names of the owner's own credentials that the grantee may use. */
  readonly shares?: readonly string[];
  /** Parameters whose value must be unique within a stack: ["database"]. */
  readonly unique?: readonly string[];
}

/** One want, as the providing service sees it. */
export interface Granted {
  /** The service that wants it. */
  readonly to: string;
  readonly grant: string;
  /** Parsed by the grant's schema. */
  readonly parameters: unknown;
  /** Name of the grantee's credential, for grants with `account`. */
  readonly as?: string;
  /** The grantee's credential, for grants with `account`. Throws if it is `issued` and does not exist yet. */
  readonly credential?: Credential;
}

/** A providing service, as the wanting one sees it. Plain data, without any password. */
export interface Neighbour {
  readonly instances: readonly NeighbourInstance[];
  /** Its options, with their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of its shared credentials; look one up with `credentials(<its name>, name)`. */
  readonly credentials: readonly string[];
}

export interface NeighbourInstance {
  readonly name: string;
  /** Its name inside the stack's network. */
  readonly host: string;
  /** Ports inside the network by name: { sql: 5432 }. */
  readonly ports: Readonly<Record<string, number>>;
}

/** By service. An optional neighbour that the profile lacks is absent. */
export type Neighbours = Readonly<Record<string, Neighbour>>;

/** Offers by kind. A collector finds them with `offersOf`. */
export interface Offers {
  readonly metrics?: readonly MetricsEndpoint[];
}

/** An HTTP endpoint inside the stack's network that serves Prometheus' text format. */
export interface MetricsEndpoint {
  readonly instance: string;
  /** Port inside the container. */
  readonly port: number;
  /** "/metrics", with a query if there is one: "/scrape?target=a:1". */
  readonly path: string;
  /** The offering service's credential for HTTP basic authentication; absent: no login is needed. */
  readonly credential?: string;
}
