/** What is done to a server, its files and its volume. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { docker, execIn } from "../../support/live/docker.ts";
import type { ExperimentStack } from "../kills/own-stack.ts";

/** Runs a script in the server's running container, as root. */
export async function inServer(stack: ExperimentStack, instance: string, script: string): Promise<void> {
  await execIn(docker.getContainer(stack.container(instance)), ["sh", "-c", script], { user: "0" });
}

export async function stop(stack: ExperimentStack, instance: string): Promise<void> {
  await docker.getContainer(stack.container(instance)).stop();
}

/** Stops the server and runs a script on its volumes, which are where the server has them. */
export async function onVolumes(stack: ExperimentStack, instance: string, script: string): Promise<void> {
  await stop(stack, instance);
  const { Config, Mounts } = await docker.getContainer(stack.container(instance)).inspect();
  const container = await docker.createContainer({
    Image: Config.Image,
    Entrypoint: ["sleep"],
    Cmd: ["60"],
    User: "0",
    HostConfig: {
      NetworkMode: "none",
      Binds: Mounts.flatMap(({ Type, Name, Destination }) =>
        Type === "volume" && Name !== undefined ? [`${Name}:${Destination}`] : [],
      ),
    },
  });
  try {
    await container.start();
    await execIn(container, ["sh", "-c", script]);
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** A conf file of a person's own: without its signature line, it is left as it is. The server is stopped. */
export async function ownFile(
  stack: ExperimentStack,
  instance: string,
  file: string,
  edit: (text: string) => string,
): Promise<void> {
  const path = stack.file("conf", instance, file);
  const generated = await readFile(path, "utf8");
  await writeFile(path, edit(generated.slice(generated.indexOf("\n") + 1)));
  await stop(stack, instance);
}

/** Makes the volume anew, of the same name and labels, on a folder that can only be read. */
export async function readOnlyVolume(stack: ExperimentStack, instance: string): Promise<void> {
  const container = docker.getContainer(stack.container(instance));
  const { Mounts } = await container.inspect();
  await container.remove({ force: true });
  for (const { Type, Name } of Mounts) {
    if (Type !== "volume" || Name === undefined) continue;
    const { Labels } = await docker.getVolume(Name).inspect();
    await docker.getVolume(Name).remove();
    const device = await mkdtemp(join(dirname(stack.profile), "volume-"));
    const DriverOpts = { type: "none", o: "bind,ro", device };
    await docker.createVolume({ Name, Labels, Driver: "local", DriverOpts });
  }
}
