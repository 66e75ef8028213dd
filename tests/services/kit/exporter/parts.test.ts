import { describe, expect, test } from "vitest";
import { registry } from "../../../../stack/services/index.ts";
import { exporterOf } from "../../../support/core/exporter.ts";

describe.each(["postgres-exporter", "mysqld-exporter", "redis-exporter", "node-exporter"])(
  "the container of %s",
  (name) => {
    test("must run as nobody, without a capability, and write nowhere", async () => {
      const { container } = (await exporterOf(name)).instance;
      expect(container).toMatchObject({ user: "65534:65534", readOnlyRoot: true, volumes: {}, secrets: [] });
      expect(container).not.toHaveProperty("capabilities");
      expect(container).not.toHaveProperty("tmpfs");
      expect(container).not.toHaveProperty("entrypoint");
    });

    test("must have Go's settings, and its password in a file alone", async () => {
      const { container } = (await exporterOf(name)).instance;
      const { secretFiles = [], ...rest } = container;
      expect(rest.environment).toMatchObject({ GOMEMLIMIT: "12MiB", GOMAXPROCS: "1" });
      expect(JSON.stringify(rest)).not.toContain("secret-");
      for (const { text } of secretFiles) expect(text).toContain(`secret-password-${name}-monitor`);
      expect(secretFiles).toHaveLength(name === "node-exporter" ? 0 : 1);
      const { secretFileNames = [] } = registry.get(name)?.configure({}) ?? {};
      expect(secretFileNames).toEqual(secretFiles.map(({ path }) => path));
    });

    test("must be on the network of those who are looked at, where who collects finds it", async () => {
      expect((await exporterOf(name)).instance.container.networks?.[0]).toBe("observability");
    });
  },
);
