import { describe, expect, test } from "vitest";
import { provisionEngine } from "../../../stack/runtimes/provision/index.ts";
import { FakeComputer } from "../../support/fakes/computer.ts";
import { provision, stateFolder } from "../../support/fakes/computer-scene.ts";

const { signal } = new AbortController();

describe("starting an engine", () => {
  test("a daemon that ends at once fails with the last lines of its log, and keeps the log", async () => {
    const computer = new FakeComputer({});
    computer.daemonDies = true;
    await expect(provision(computer)).rejects.toMatchObject({
      code: "PROVISION_FAILED",
      why: "failed to start daemon: no iptables",
      fix: textContaining(`${stateFolder}/dockerd.log`),
    });
    computer.daemonDies = false;
    await provision(computer);
    expect(computer.engine).toBe("running");
  });

  test("of the log of a daemon that ended, the complaints of the last start are told", async () => {
    const computer = new FakeComputer({ installed: ["docker.io"] });
    computer.files.set(`${stateFolder}/dockerd.log`, "");
    const { host } = computer;
    const log = [
      'level=info msg="Starting up"',
      'level=warning msg="of an earlier start"',
      'level=info msg="Starting up"',
      'level=info msg="loading plugin"',
      "failed to start daemon: no iptables",
    ].join("\n");
    const launch: typeof host.launch = async () => void computer.files.set(`${stateFolder}/dockerd.log`, log);
    const request = { host: { ...host, launch }, stateFolder, allow: true, report: () => {}, signal };
    await expect(provisionEngine(request)).rejects.toMatchObject({ why: "failed to start daemon: no iptables" });
  });

  test("an engine that its package has just started is waited for, and not started twice", async () => {
    const computer = new FakeComputer({ system: "ubuntu 24", installed: ["docker.io", "docker-compose-v2"] });
    computer.files.set("/var/run/docker.pid", "42");
    computer.files.set("/proc/42/comm", "dockerd\n");
    let asked = 0;
    computer.before = (command) => {
      if (command.startsWith("docker --host")) asked += 1;
      if (asked > 4) computer.engine = "running";
      return undefined;
    };
    await provision(computer);
    expect(computer.files.has(`${stateFolder}/dockerd.pid`)).toBe(false);
  });

  test("a pid file that a computer's restart left behind does not keep the engine from starting", async () => {
    const computer = new FakeComputer({ system: "ubuntu 24", installed: ["docker.io", "docker-compose-v2"] });
    computer.files.set(`${stateFolder}/dockerd.pid`, "42");
    computer.files.set("/proc/42/comm", "sshd\n");
    await provision(computer);
    expect(computer.engine).toBe("running");
    expect(computer.files.get(`${stateFolder}/dockerd.pid`)).not.toBe("42");
  });
});

function textContaining(part: string): unknown {
  return expect.stringContaining(part);
}
