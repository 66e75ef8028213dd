/** PLUMBLINE_WORST_CASE: sizes of machines in GiB, "2,4,8"; `npm run bench:worst-case` sets it. */
import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { formatBytes, gib } from "../../../stack/core/units.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "../../support/core/stack.ts";
import { describeLive, openLab, type Server } from "../../support/live/server.ts";
import { memoryDuring } from "../../support/live/worst-case/memory.ts";
import { driveMysql } from "../../support/live/worst-case/mysql.ts";
import { drivePostgres } from "../../support/live/worst-case/postgres.ts";
import { driveRabbitmq } from "../../support/live/worst-case/rabbitmq.ts";
import { driveRedis } from "../../support/live/worst-case/redis.ts";

const VHOST = "app";
const SERVICES = { postgres: {}, mysql: {}, redis: { nodes: 1 }, rabbitmq: { vhost: VHOST } };

const DRIVERS: Readonly<Record<string, (server: Server) => Promise<void>>> = {
  postgres: drivePostgres,
  mysql: driveMysql,
  redis: driveRedis,
  rabbitmq: (server) => driveRabbitmq(server, VHOST),
};

/** Less would mean that the driver does not reach what the sizes are made for. */
const LEAST_REACHED = 0.4;
/** For each 2 GiB: more memory takes longer to fill. */
const DEADLINE_MS = 600_000;

const SIZES = (process.env["PLUMBLINE_WORST_CASE"] ?? "2").split(",").map(Number);

await describeLive("A server that is driven to its worst case", Object.keys(DRIVERS), () => {
  describe.for(SIZES)("in a stack for a machine of %d GiB", (size) => {
    const profile = profileOf({
      services: SERVICES,
      machine: { cpus: 2, memory: gib(size), disk: gib(40) },
      workload: { kind: "web", clients: 20, connections: 15 },
    });
    const { machine, workload } = profile;
    const services = configureServices(profile, registry);
    const { sized } = sizeServices({ profile, machine, services });

    test.for(sized.map((each) => [each.definition.name, each] as const))(
      "must stay within its limit, lose no process and answer afterwards: %s",
      { timeout: DEADLINE_MS * Math.max(1, size / 2) },
      async ([name, { definition, share, settings }]) => {
        const lab = await openLab([definition]);
        try {
          const { live, servers, targets } = await lab.up(definition, { share, settings, workload });
          const [server] = servers;
          const drive = DRIVERS[name];
          if (!server || !drive) throw new Error(`nothing drives ${name}`);
          const { peak, killed } = await memoryDuring(server, () => drive(server));
          const part = peak / share.memory;
          const found = `${name}: ${formatBytes(peak)} of ${formatBytes(share.memory)}, ${(100 * part).toFixed(0)} %`;
          process.stderr.write(`worst case on ${size} GiB, ${found}\n`);
          expect(killed, found).toBe(0);
          expect(part, found).toBeGreaterThan(LEAST_REACHED);
          expect(part, found).toBeLessThan(1);
          const connection = await live.connect(server.target);
          await connection.close();
          if (name !== "rabbitmq") await live.ready(targets);
        } finally {
          await lab.close();
        }
      },
    );
  });
});
