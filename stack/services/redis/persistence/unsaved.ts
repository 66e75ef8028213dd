/** Data that a node holds in memory and that its next start would not find on its volume. */
import { z } from "zod";
import type { SettingValue } from "../../../core/machine/facts.ts";
import { settle, type Limit, type Mark, type Store } from "./switch.ts";

/** What decides whether the end of a server loses data. */
export interface Kept {
  readonly mark: Mark;
  /** As the server has them. */
  readonly appendonly: string;
  readonly save: string;
}

/** A server that ends writes a snapshot if it has save points (server.c, prepareForShutdown). */
const SAVE_POINTS = "3600 1";

/**
 * Returns why the next start would not find all data; undefined if it does. It reads the form that the mark names. A
 * server of which neither the profile nor a person wants its data kept loses none.
 */
export function whyUnsaved(
  { mark, appendonly, save }: Kept,
  wanted: ReadonlyMap<string, SettingValue>,
): string | undefined {
  const form = appendonly === "yes" ? "log" : "snapshot";
  if (mark === undefined) return "nothing on its volume says yet in which form its data were served";
  if (mark !== form) {
    const state = form === "log" ? "is open" : "is closed";
    return `its append-only log ${state}, and the next start would read what its volume's mark names: ${mark}`;
  }
  const isKept = wanted.get("appendonly") === "yes" || (wanted.get("save") ?? "") !== "";
  return form === "snapshot" && save === "" && isKept
    ? "it writes no snapshot when it ends, and the profile has its data kept"
    : undefined;
}

/** Resolves why the next start would not find all data of a running server; undefined if it does. */
export async function unsavedIn(store: Store, wanted: ReadonlyMap<string, SettingValue>): Promise<string | undefined> {
  const [mark, kept] = await Promise.all([store.mark(), keptBy(store)]);
  return whyUnsaved({ mark, ...kept }, wanted);
}

/** Has the data written in the form that the server has, those of clients until its end too, and marks the form. */
export async function saveForEnd(store: Store, limit: Limit): Promise<void> {
  const { appendonly, save } = await keptBy(store);
  if (appendonly === "yes") return settle(store, "log", limit);
  // Without them the writes between this snapshot and the end are lost. The conf file has what the profile wants.
  if (save === "") await store.call("CONFIG", ["SET", "save", SAVE_POINTS]);
  return settle(store, "snapshot", limit);
}

const Pairs = z.array(z.string());

async function keptBy(store: Store): Promise<Omit<Kept, "mark">> {
  const pairs = Pairs.parse(await store.call("CONFIG", ["GET", "appendonly", "save"]));
  const valueOf = (name: string) => pairs[pairs.indexOf(name) + 1] ?? "";
  return { appendonly: valueOf("appendonly"), save: valueOf("save") };
}
