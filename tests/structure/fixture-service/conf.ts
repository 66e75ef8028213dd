import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import type { ConfFile, ContainerInput } from "../../../stack/core/service/service.ts";
import type { SettingUnit } from "../../../stack/core/service/setting.ts";
import { MIB } from "../../../stack/core/units.ts";
import { SERVER } from "./names.ts";

export function confFiles(
  { settings, credentials, neighbours }: ContainerInput,
  database: string,
): readonly ConfFile[] {
  const lines = settings.map(({ name, value, unit }) => `${name} = ${spell(value, unit)}\n`);
  const [server] = neighbours[SERVER]?.instances ?? [];
  const upstream = { host: server?.host, port: server?.ports["sql"], database };
  return [
    { path: "fixture.conf", text: lines.join("") },
    { path: "users.json", text: JSON.stringify({ app: credentials("fixture", "app").sha256 }), identity: true },
    { path: "upstream.json", text: JSON.stringify(upstream), identity: true },
  ];
}

export function spell(value: SettingValue, unit: SettingUnit): string {
  return unit === "bytes" && typeof value === "number" ? `${value / MIB}MB` : String(value);
}
