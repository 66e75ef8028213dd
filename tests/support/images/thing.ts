/** A service "thing", built from one package, in a folder of services of a test's own. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackagesSource } from "../../../stack/core/service/image.ts";

export const THING: PackagesSource = {
  kind: "packages",
  folder: "thing/image",
  suite: "trixie",
  packages: ["thing"],
  version: { package: "thing" },
};

/** Resolves the folder of the services; the test removes it. */
export async function thingServices(): Promise<string> {
  const services = await mkdtemp(join(tmpdir(), "plumbline-thing-"));
  await mkdir(join(services, "thing", "image"), { recursive: true });
  await writeFile(join(services, "thing", "image", "Dockerfile"), "ARG BASE\nFROM ${BASE}\n");
  return services;
}
