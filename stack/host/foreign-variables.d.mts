type Variables = Readonly<Record<string, string | undefined>>;

/** Patterns of names, by what reads the variables. */
export const FOREIGN: Readonly<Record<string, readonly string[]>>;

/** Returns whether Plumbline keeps the variable from its clients and commands. */
export function isForeign(name: string): boolean;

/** Returns the environment for a command. */
export function withoutForeign(env: Variables): Record<string, string | undefined>;

/** Deletes from this process's environment what its libraries would read. */
export function forgetForeign(env: Record<string, string | undefined>): void;

/** Returns the names of the variables that change the Node of this process. */
export function nodeVariables(env: Variables): readonly string[];

/** Returns the names of the variables for other programs that a person set and Plumbline does not follow. */
export function ignoredVariables(env: Variables): readonly string[];
