import { realHost } from "../../stack/host/host.ts";
import { colimaRuntime } from "../../stack/runtimes/colima/runtime.ts";
import { engineRuntime } from "../../stack/runtimes/engine/runtime.ts";
import { FakeColima } from "../support/fake-colima/fake.ts";
import { colimaHost } from "../support/colima/host.ts";
import { runtimeContract } from "./runtime.ts";
import { DockerServer } from "../support/fakes/docker-server.ts";

runtimeContract("engine", async () => {
  const engine = await DockerServer.create();
  const host = realHost({ ...process.env, DOCKER_HOST: engine.address });
  return { runtime: engineRuntime(host), remove: () => engine.remove() };
});

for (const version of ["0.6", "0.8", "0.9", "0.10"]) {
  runtimeContract(`colima ${version}`, async () => {
    const engine = await DockerServer.create();
    const fake = await FakeColima.create({ version, engineSocket: engine.socket });
    const remove = async () => {
      await fake.remove();
      await engine.remove();
    };
    return { runtime: colimaRuntime({ stack: "contract", host: colimaHost(fake), folders: [] }), remove };
  });
}
