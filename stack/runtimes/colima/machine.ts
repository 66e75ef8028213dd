/** One Colima machine, with everything needed to drive it. */
import type { Host } from "../../host/host.ts";
import { parseVersion } from "./arguments.ts";
import type { Version } from "./arguments.ts";
import { colimaCommand } from "./command.ts";
import type { ColimaCommand, Deadlines } from "./command.ts";
import { placeOf, profileOf } from "./place.ts";
import type { Place } from "./place.ts";

export interface Machine {
  readonly host: Host;
  readonly place: Place;
  readonly command: ColimaCommand;
  readonly deadlines: Deadlines;
  /** Folders of this computer that containers must see. */
  readonly folders: readonly string[];
}

export interface MachineOptions {
  readonly host: Host;
  readonly stack: string;
  readonly folders: readonly string[];
  readonly deadlines: Deadlines;
}

export async function openMachine({ host, stack, folders, deadlines }: MachineOptions): Promise<Machine> {
  const place = await placeOf(host, profileOf(stack));
  return { host, place, command: colimaCommand(host, place), deadlines, folders };
}

/** Returns the same machine for a run: its commands end with the run's signal. */
export function during(machine: Machine, signal: AbortSignal): Machine {
  return { ...machine, command: colimaCommand(machine.host, machine.place, signal) };
}

/** Colima prints its version before it asks a guest for the engine's, which may hang. */
export async function versionOf({ command, deadlines }: Machine): Promise<Version> {
  return parseVersion((await command.colima(["version"], deadlines.glanceMs)).stdout);
}
