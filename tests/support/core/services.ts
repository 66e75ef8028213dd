/** Services that only tests know: a store of one or more nodes, and a pool that is useless without it and may drain its clients. */
import { z } from "zod";
import { CONF_MOUNT, type ConfiguredService, type Needs, type Service } from "../../../stack/core/service/service.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { bytes, KIB, mib, roundDown } from "../../../stack/core/units.ts";
import { defineService } from "../../../stack/services/kit/define.ts";

const PAGE = 8 * KIB;

const noClient: ConfiguredService["live"] = () => Promise.reject(new Error("a pure test starts no client"));

const STORE_NEEDS: Needs = { floor: mib(64), ideal: mib(512), weight: 100, cpus: 2 };
const POOL_NEEDS: Needs = { floor: mib(32), ideal: mib(64), weight: 10, cpus: 1 };

const store = defineService({
  name: "store",
  title: "A store",
  options: z.strictObject({
    nodes: z.int().min(1).max(4).default(1),
    mode: z.string().default("fast"),
    format: z.string().default("rows"),
  }),
  configure: ({ nodes, mode, format }) => {
    const instances = Array.from({ length: nodes }, (_, index) => `store-${index + 1}`);
    return {
      instances,
      grants: [{ name: "access", parameters: z.strictObject({}) }],
      image: { sources: [{ kind: "registry", reference: "store:1" }] },
      ports: instances.map((instance, index) => ({
        name: "sql",
        instance,
        container: 7000,
        defaultHostPort: 7000 + index,
      })),
      credentials: [{ name: "app", user: "app" }],
      needs: () => STORE_NEEDS,
      tune: ({ share }) => storeSettings(roundDown(bytes(share.memory / 2), mib(1)), Math.ceil(share.cpus), format),
      spell: String,
      unsignedFiles: ["users.json"],
      files: ({ instance, settings, credentials }) => [
        { path: "store.conf", text: settings.map(({ name, value }) => `${name} = ${value}\n`).join("") },
        {
          path: "users.json",
          text: JSON.stringify({ instance, app: credentials("store", "app").sha256 }),
          identity: true,
        },
      ],
      container: () => ({
        command: ["store", `--mode=${mode}`, `${CONF_MOUNT}/store.conf`],
        environment: { STORE_HOME: "/data" },
        volumes: { "/data": "data" },
        secrets: ["store.app"],
        stopGraceSeconds: 10,
      }),
      failures: [],
      live: noClient,
    };
  },
});

const because = (formula: string) => ({ formula, inputs: {}, source: "this test" });

function storeSettings(cache: number, threads: number, format: string): readonly Setting[] {
  const reason = "kept in pages of 8 KiB";
  return [
    {
      name: "cache",
      value: cache,
      unit: "bytes",
      takes: "live",
      because: because("L / 2"),
      tolerance: { kind: "granularity", step: PAGE, reason },
      variable: "STORE_CACHE",
    },
    { name: "timeout", value: 5, unit: "s", takes: "live", because: because("5 s") },
    { name: "sync", value: "on", unit: "text", takes: "live", because: because("on") },
    { name: "threads", value: threads, unit: "count", takes: "restart", because: because("⌈C⌉") },
    { name: "format", value: format, unit: "text", takes: "recreate", because: because("the option format") },
  ];
}

const pool = defineService({
  name: "pool",
  title: "A pool",
  options: z.strictObject({ drains: z.boolean().default(false) }),
  configure: ({ drains }) => ({
    ...(drains ? { drainsClients: true } : {}),
    wants: [{ from: "store", grant: "access" }],
    instances: ["pool"],
    image: { sources: [{ kind: "registry", reference: "pool:1" }] },
    ports: [{ name: "sql", instance: "pool", container: 7100, defaultHostPort: 7100 }],
    credentials: [],
    needs: () => POOL_NEEDS,
    tune: ({ workload }) => [
      {
        name: "clients",
        value: workload.clients,
        unit: "count",
        takes: "live",
        because: { formula: "clients", inputs: {}, source: "this test" },
        variable: "POOL_CLIENTS",
      },
    ],
    spell: String,
    files: ({ settings }) => [
      { path: "pool.ini", text: settings.map(({ name, value }) => `${name}=${value}\n`).join("") },
    ],
    container: () => ({ environment: {}, volumes: {}, secrets: [], stopGraceSeconds: 5 }),
    failures: [],
    live: noClient,
  }),
});

export const testRegistry: ReadonlyMap<string, Service> = new Map([store, pool].map((each) => [each.name, each]));
