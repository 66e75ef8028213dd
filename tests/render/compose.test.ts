import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { Desired } from "../../stack/core/desire/desire.ts";
import { renderCompose } from "../../stack/render/compose.ts";
import { desiredOf, profileOf, shippedStack } from "../support/core/stack.ts";

const container = z.looseObject({
  image: z.string(),
  container_name: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.unknown()),
  mem_limit: z.number(),
  memswap_limit: z.number(),
  cpus: z.number(),
  labels: z.record(z.string(), z.string()),
});
const document = z.looseObject({
  name: z.string(),
  services: z.record(z.string(), container),
  volumes: z.record(z.string(), z.object({ name: z.string() })).optional(),
  secrets: z.record(z.string(), z.object({ file: z.string() })).optional(),
});

const read = (desired: Desired) => document.parse(parse(renderCompose(desired)));

const PROFILES = ["dev", "minimal", "qa"];

test("compose.yaml of dev must be this, apart from the hashes of the definitions", async () => {
  const text = renderCompose(await shippedStack("dev"));
  expect(text.replaceAll(/(plumbline\.identity): .*/g, "$1: a hash")).toMatchSnapshot();
});

describe("for every profile", () => {
  test.for(PROFILES)(
    "%s: no password and no form of one must be in it, only the names of their files",
    async (name) => {
      const text = renderCompose(await shippedStack(name, { secret: "hush" }));
      expect(text).not.toContain("hush");
      expect(text).toContain("file: ./secrets/postgres.admin");
    },
  );

  test.for(PROFILES)("%s: every port must be published on the loopback address only", async (name) => {
    const ports = Object.values(read(await shippedStack(name)).services).flatMap((each) => each.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.for(PROFILES)("%s: every container must have limits, and no swap beside its memory", async (name) => {
    const desired = await shippedStack(name);
    const { services } = read(desired);
    for (const { share, instances } of desired.services) {
      for (const instance of instances) {
        expect(services[instance.name]).toMatchObject({
          mem_limit: share.memory,
          memswap_limit: share.memory,
          cpus: share.cpus,
        });
      }
    }
  });

  test.for([...PROFILES, "observed"])(
    "%s: no container must keep a capability that its service does not name, gain any, or start processes without end",
    async (name) => {
      const desired = await shippedStack(name);
      const { services } = read(desired);
      for (const instance of desired.services.flatMap(({ instances }) => instances)) {
        const { capabilities } = instance.container;
        const rendered = services[instance.name];
        expect(rendered).toMatchObject({ cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
        expect(rendered?.["pids_limit"]).toBeGreaterThanOrEqual(1024);
        expect(rendered?.["cap_add"]).toEqual(capabilities);
        expect(rendered).not.toHaveProperty("privileged");
      }
    },
  );

  test.for(PROFILES)(
    "%s: every volume and secret that a container uses must be declared, and no other",
    async (name) => {
      const { services, volumes = {}, secrets = {} } = read(await shippedStack(name));
      const used = Object.values(services).flatMap((each) =>
        each.volumes.flatMap((volume) => (typeof volume === "string" ? [volume.split(":")[0]] : [])),
      );
      expect(new Set(used)).toEqual(new Set(Object.keys(volumes)));
      const asked = z.record(z.string(), z.object({ secrets: z.array(z.string()).default([]) }));
      const wanted = new Set(Object.values(asked.parse(services)).flatMap((each) => each.secrets));
      expect(wanted).toEqual(new Set(Object.keys(secrets)));
    },
  );
});

describe("a container", () => {
  test("must carry the labels by which it is recognised", () => {
    const desired = desiredOf(profileOf(), { stack: "mine" });
    expect(read(desired).services["store-1"]?.labels).toEqual({
      "plumbline.stack": "mine",
      "plumbline.service": "store",
      "plumbline.instance": "store-1",
      "plumbline.identity": desired.services[0]?.instances[0]?.identity,
    });
  });

  test("must not be started again by the engine after a crash, nor gain privileges, and its log is bounded", () => {
    expect(read(desiredOf(profileOf())).services["store-1"]).toMatchObject({
      restart: "no",
      security_opt: ["no-new-privileges:true"],
      logging: { options: { "max-size": "10m", "max-file": "3" } },
    });
  });

  test("must see its conf folder and not be able to write to it", () => {
    expect(read(desiredOf(profileOf())).services["store-1"]?.volumes).toEqual([
      "store-1-data:/data",
      { type: "bind", source: "./conf/store-1", target: "/etc/plumbline", read_only: true },
    ]);
  });

  test("must get a dollar sign as it is, and not a variable of whoever runs Compose", () => {
    const desired = desiredOf(profileOf({ services: { store: { mode: "${HOME}" } } }));
    expect(read(desired).services["store-1"]?.command?.[1]).toBe("--mode=$${HOME}");
  });
});

describe("stacks side by side", () => {
  test("must share no name of a container, volume or network", () => {
    const text = renderCompose(desiredOf(profileOf({ services: { store: {}, pool: {} } }), { stack: "mine" }));
    const [, services = ""] = text.split(/^services:/m); // before it stands the profile, which has a name too
    for (const [, name] of services.matchAll(/^\s+(?:container_)?name: (\S+)$/gm))
      expect(name).toMatch(/^plumbline-mine-/);
  });
});

test("the text must be the same each time", async () => {
  expect(renderCompose(await shippedStack("qa"))).toBe(renderCompose(await shippedStack("qa")));
});
