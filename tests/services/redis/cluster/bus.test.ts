import { expect, test } from "vitest";
import { certificateFiles, noCertificates, type CertificateStore } from "../../../../stack/core/service/certificate.ts";
import { isChange } from "../../../../stack/core/plan/action.ts";
import { planStack } from "../../../../stack/core/plan/plan.ts";
import { planText } from "../../../../stack/core/plan/plan-text.ts";
import { redis } from "../../../../stack/services/redis/index.ts";
import { certificateSettings } from "../../../../stack/core/desire/desire.ts";
import { shippedStack } from "../../../support/core/stack.ts";
import { World } from "../../../support/fakes/world.ts";

test("the nodes of a cluster must show certificates of an authority that signs for their bus alone", () => {
  expect(redis.configure({ nodes: 3 }).certificates).toMatchObject([{ name: "bus", authority: "redis-bus" }]);
  expect(redis.configure({ nodes: 1 }).certificates).toEqual([]);
});

test("a renewed certificate must be taken live, the switch to TLS by new containers: a plain node and one with TLS never meet", () => {
  const takes = certificateSettings(redis.configure({ nodes: 3 }), noCertificates).map((each) => [
    each.name,
    each.takes,
  ]);
  expect(takes).toEqual([
    ["tls-cert-file", "live"],
    ["tls-key-file", "live"],
    ["tls-ca-cert-file", "live"],
    ["tls-cluster", "recreate"],
  ]);
});

test("every node of a cluster must have its certificates in its conf, in its settings and in its mounts, and no other service", async () => {
  const { services } = await shippedStack("observed");
  for (const { name, settings, instances } of services) {
    for (const { files, confinement } of instances) {
      const lines = files.flatMap(({ text }) => text?.split("\n") ?? []).filter((line) => line.startsWith("tls-"));
      const mounts = confinement.mounts.filter(({ target }) => target === "/run/plumbline/certificates");
      const isRedis = name === "redis";
      expect(lines).toHaveLength(isRedis ? 4 : 0);
      expect(settings.filter((setting) => setting.name.startsWith("tls-"))).toHaveLength(isRedis ? 4 : 0);
      expect(mounts).toEqual(
        isRedis
          ? [{ source: "./secrets/certificates/redis", target: "/run/plumbline/certificates", writable: false }]
          : [],
      );
    }
  }
});

const certificates: CertificateStore = (_service, name) =>
  certificateFiles(name, { generation: "fresh", authority: "fresh" });

test("another certificate must be no new container, and be planned as a change of running nodes", async () => {
  const before = await shippedStack("dev");
  const after = await shippedStack("dev", { certificates });
  const plan = planStack(after, World.running(before).observe(after));
  expect(planText({ actions: plan.actions.filter(isChange), notes: [] })).toBe(
    ["redis-1", "redis-2", "redis-3"]
      .map((instance) => `  write conf/${instance}/redis.conf: the profile or the machine gives other values`)
      .concat(
        ["redis-1", "redis-2", "redis-3"].map((instance) => {
          const changes = [
            ["tls-cert-file", "bus", "crt"],
            ["tls-key-file", "bus", "key"],
            ["tls-ca-cert-file", "authority", "crt"],
          ].map(([name, file, kind]) => {
            const path = (generation: string) => `/run/plumbline/certificates/${file}.${generation}.${kind}`;
            return `${name} is ${path("new")}, wanted ${path("fresh")}`;
          });
          return `  apply live to ${instance}: ${changes.join(", ")}`;
        }),
      )
      .join("\n"),
  );
});
