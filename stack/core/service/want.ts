/** What a service needs of its neighbours, and what a neighbour makes for it. */
import type { z } from "zod";
import type { Credential } from "./credential.ts";

/** Declared by the service that needs it, in its own folder. */
export interface Want {
  /** The service that has it. */
  readonly from: string;
  /** One of the grants that `from` publishes. */
  readonly grant: string;
  /** The credential of the wanting service that gets an account at `from`. For grants with `account`, and only for them. */
  readonly as?: string;
  /** The grant's parameters, checked by its schema; `{}` where absent. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** The service also works in a profile without `from`. */
  readonly optional?: true;
}

/** Published by the service that has it, and made by its `prepare` or its conf files. */
export interface Grant {
  readonly name: string;
  /** Messages of its own complete the sentence "found …, expected …". */
  readonly parameters: z.ZodType;
  /** The grantee gets an account of its own, with a credential of its own. */
  readonly account?: true;
  /** Names of the owner's own credentials that the grantee may use. */
  readonly shares?: readonly string[];
  /** Parameters whose value only one service of a stack may have: ["database"]. */
  readonly unique?: readonly string[];
}

/** One want, as the owner sees it. */
export interface Granted {
  /** The service that wants it. */
  readonly to: string;
  readonly grant: string;
  /** As the grant's schema parsed them. */
  readonly parameters: unknown;
  /** Name of the grantee's credential, for grants with `account`. */
  readonly as?: string;
  /** The grantee's credential, for grants with `account`. Throws while it is `issued` and not there yet. */
  readonly credential?: Credential;
}

/** A service that another one wants something of, as the wanting one sees it. Plain data, without any password. */
export interface Neighbour {
  readonly instances: readonly NeighbourInstance[];
  /** Its options, with their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of its credentials that are shared: `credentials(<its name>, name)` finds them. */
  readonly credentials: readonly string[];
}

export interface NeighbourInstance {
  readonly name: string;
  /** Its name inside the stack's network. */
  readonly host: string;
  /** Ports inside the network by name: { sql: 5432 }. */
  readonly ports: Readonly<Record<string, number>>;
}

/** By service. An optional one that the profile lacks is absent. */
export type Neighbours = Readonly<Record<string, Neighbour>>;
