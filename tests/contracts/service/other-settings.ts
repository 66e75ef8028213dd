/** Legal values of a server's live settings that differ from those it has. */
import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import type { ConfiguredService } from "../../../stack/core/service/service.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { CERTIFICATES_MOUNT } from "../../../stack/core/service/certificate.ts";
import { bytes, MIB } from "../../../stack/core/units.ts";
import { MACHINE, WORKLOAD, type Server } from "../../support/live/server.ts";

/**
 * The settings of the server with every live one changed: to what the formulas give for half as much memory again, more
 * clients and twice the cpus, and where that is the same, to a neighbouring value.
 */
export function otherSettings(service: ConfiguredService, { settings, input }: Pick<Server, "settings" | "input">) {
  const share = { memory: bytes(1.5 * input.share.memory), cpus: 2 * input.share.cpus };
  const workload = { ...WORKLOAD, clients: WORKLOAD.clients + 2, connections: WORKLOAD.connections + 20 };
  const tuned = service.tune({ share, machine: { ...MACHINE, cpus: 2 * MACHINE.cpus }, workload });
  return settings.map((setting): Setting => {
    if (setting.takes !== "live") return setting;
    // The path of a certificate follows from what is in it: its change is tested where certificates are renewed.
    if (String(setting.value).startsWith(CERTIFICATES_MOUNT)) return { ...setting, takes: "restart" };
    const other = tuned.find(({ name }) => name === setting.name)?.value ?? setting.value;
    return { ...setting, value: other === setting.value ? neighbourOf(setting) : other };
  });
}

function neighbourOf({ value, unit }: Setting): SettingValue {
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return TEXTS[value] ?? value;
  switch (unit) {
    case "bytes":
      return value + 16 * MIB;
    case "ratio":
      return value / 2;
    case "s":
    case "ms":
      return 2 * value;
    case "count":
    case "text":
      return value + 1;
  }
}

/** For each text that a service tunes, another that its server takes in its place. */
const TEXTS: Readonly<Record<string, string>> = {
  on: "off",
  ON: "OFF",
  OFF: "ON",
  off: "on",
  yes: "no",
  no: "yes",
  "": "3600 1",
  everysec: "always",
  noeviction: "allkeys-lru",
  "allkeys-lru": "noeviction",
  transaction: "session",
};
