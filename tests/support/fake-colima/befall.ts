import type { Fault, ImmediateFault } from "./faults.ts";
import { placeOf } from "./place.ts";
import { openProxy } from "./proxy.ts";
import { readVm, writeVm } from "./records.ts";
import { breakSocket } from "./socket.ts";
import type { World } from "./world.ts";

export function isImmediate(fault: Fault): fault is ImmediateFault {
  return ["broken", "killed", "unresponsive", "slow-guest", "stale-proxy"].includes(fault.kind);
}

/** Lets a fault happen to a VM that is there. */
export function befall(world: World, fault: ImmediateFault): void {
  const place = placeOf(world, fault.profile);
  const vm = readVm(place);
  if (vm === undefined) throw new Error(`there is no VM "${fault.profile}" to be ${fault.kind}`);
  switch (fault.kind) {
    case "broken":
      // The VM itself runs on: its sockets and ports still answer.
      writeVm(place, { ...vm, power: "Broken" });
      return;
    case "killed":
      writeVm(place, { ...vm, power: "Stopped" });
      breakSocket(world, place);
      return;
    case "unresponsive":
      writeVm(place, { ...vm, responds: false });
      return;
    case "slow-guest":
      writeVm(place, { ...vm, delayMs: fault.delayMs });
      return;
    case "stale-proxy":
      openProxy(world, place, fault.port);
  }
}
