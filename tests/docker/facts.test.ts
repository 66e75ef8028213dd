import { expect, test } from "vitest";
import { engineSocket } from "../../stack/docker/facts.ts";

test.for([
  ["unix:///var/run/docker.sock", "Debian GNU/Linux 12", "linux", "/var/run/docker.sock"],
  ["unix:///run/user/1000/docker.sock", "Debian GNU/Linux 12", "linux", "/run/user/1000/docker.sock"],
  ["unix:///home/ada/.docker/desktop/docker.sock", "Docker Desktop", "linux", "/var/run/docker.sock"],
  ["unix:///Users/ada/.colima/default/docker.sock", "Ubuntu 24.04", "darwin", "/var/run/docker.sock"],
  ["tcp://127.0.0.1:2375", "Debian GNU/Linux 12", "linux", "/var/run/docker.sock"],
] as const)("the socket of the engine at %s (%s, %s) is %s on its own machine", ([address, system, platform, path]) => {
  expect(engineSocket(address, system, platform)).toBe(path);
});
