import { expect, test } from "vitest";
import { nodeExporter } from "../../../stack/services/node-exporter/index.ts";
import { exporterOf } from "../../support/core/exporter.ts";

test("node_exporter must see the machine and no server, and want nothing of anybody", async () => {
  const { container } = (await exporterOf("node-exporter")).instance;
  expect(container.mounts?.map((mount) => mount.kind === "host" && [mount.source, mount.target])).toEqual([
    ["/proc", "/host/proc"],
    ["/sys", "/host/sys"],
    ["/", "/host/root"],
  ]);
  expect(container.networks).toEqual(["observability"]);
  expect(container.command).toContain("--path.procfs=/host/proc");
  expect(nodeExporter.configure({})).toMatchObject({ wants: [], credentials: [], requires: [] });
});
