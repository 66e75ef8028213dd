import type { Needs, NeedsInput, TuneInput } from "../../../stack/core/service/service.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { bytes, formatBytes, mib, roundDown } from "../../../stack/core/units.ts";

export function needs({ machine }: NeedsInput): Needs {
  return { floor: mib(64), ideal: bytes(Math.max(mib(128), machine.memory / 32)), weight: 64, cpus: 1 };
}

export function tune({ share }: TuneInput, slots: number): readonly Setting[] {
  return [
    {
      name: "heap",
      value: roundDown(bytes(share.memory / 2), mib(1)),
      unit: "bytes",
      takes: "restart",
      because: { formula: "L / 2", inputs: { L: formatBytes(share.memory) }, source: "this fixture" },
      variable: "FIXTURE_HEAP",
    },
    {
      name: "slots",
      value: slots,
      unit: "count",
      takes: "live",
      because: { formula: "the option slots", inputs: {}, source: "the profile" },
    },
  ];
}
