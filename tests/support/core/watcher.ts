/** A service that has nothing of its own but an account on others: no port, setting, volume, conf file or benchmark. */
import { z } from "zod";
import type { Want } from "../../../stack/core/service/want.ts";
import type { Service } from "../../../stack/core/service/service.ts";
import { mib } from "../../../stack/core/units.ts";
import { defineService } from "../../../stack/services/kit/define.ts";

/** Watches these services. Without any it has no credential either. */
export function watcherOf(watched: readonly string[], user = "watcher"): Service {
  return defineService({
    name: "watcher",
    title: "A watcher",
    options: z.strictObject({}),
    configure: () => ({
      instances: ["watcher"],
      wants: watched.map((from): Want => ({ from, grant: "monitor", as: "watch" })),
      ...(watched.length > 0 && { credentials: [{ name: "watch", user }] }),
      image: { registry: "watcher:1", recipe: "watcher", sources: [] },
      needs: () => ({ floor: mib(16), ideal: mib(32), weight: 1, cpus: 1 }),
      container: () => ({ environment: {}, volumes: {}, secrets: [], stopGraceSeconds: 1 }),
      live: async () => ({
        connect: async () => ({ version: async () => "1", close: async () => undefined }),
        ready: async () => undefined,
      }),
    }),
  });
}
