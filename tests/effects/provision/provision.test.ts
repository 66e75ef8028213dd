import { describe, expect, test } from "vitest";
import { provisionPlan } from "../../../stack/effects/provision/index.ts";
import type { ProvisionPlan } from "../../../stack/effects/provision/plan.ts";
import { FakeComputer } from "./fake-computer.ts";
import type { ComputerOptions } from "./fake-computer.ts";
import { provision, stateFolder } from "./scene.ts";

async function planOf(options: ComputerOptions, extraPackages: readonly string[] = []): Promise<ProvisionPlan> {
  return provisionPlan({ host: new FakeComputer(options).host, stateFolder, extraPackages });
}

function textOf({ steps }: ProvisionPlan): readonly string[] {
  return steps.map(({ what, because }) => `${what}: ${because}`);
}

describe("the plan says what is installed and started, and why", () => {
  const plans: readonly (readonly [name: string, options: ComputerOptions, plan: readonly string[]])[] = [
    [
      "Debian 12 without systemd",
      { system: "debian 12" },
      [
        "install docker.io: no container engine is installed",
        "start the engine: the engine does not run, and there is no systemd here to start it",
        "fetch Docker Compose 2 for your user: Docker Compose 2 is not installed, and this system has no package of it",
      ],
    ],
    [
      "Debian 13 with systemd, whose client is a package of its own",
      { system: "debian 13", systemd: true },
      [
        "install docker.io, docker-cli, docker-compose: no container engine is installed; `docker compose` needs the client; Docker Compose 2 is not installed",
        "start the engine: the engine is installed and does not run",
      ],
    ],
    [
      "Ubuntu",
      { system: "ubuntu 24", systemd: true, user: "sudo" },
      [
        "install docker.io, docker-compose-v2: no container engine is installed; Docker Compose 2 is not installed",
        "start the engine: the engine is installed and does not run",
      ],
    ],
    [
      "an engine that is installed and stopped",
      { system: "ubuntu 24", installed: ["docker.io", "docker-compose-v2"] },
      ["start the engine: the engine does not run, and there is no systemd here to start it"],
    ],
    [
      "macOS with Homebrew",
      { system: "macos", user: "nobody", installed: ["brew"] },
      [
        "install colima, docker, docker-compose: a container engine needs a virtual machine on macOS, and Colima makes one",
        "make Compose a plugin of docker: Homebrew puts the Compose plugin where `docker` does not look",
      ],
    ],
  ];
  test.each(plans)("%s", async (_name, options, plan) => {
    expect(textOf(await planOf(options))).toEqual(plan);
  });

  test("a Mac whose engine is another one gets Compose, and no virtual machine", async () => {
    const { host } = new FakeComputer({ system: "macos", user: "nobody", installed: ["brew", "docker"] });
    const { steps } = await provisionPlan({ host, stateFolder, engine: false });
    expect(steps.map(({ what }) => what)).toEqual(["install docker-compose", "make Compose a plugin of docker"]);
  });

  test("packages that the caller needs are part of it, unless they are installed", async () => {
    const options: ComputerOptions = { installed: ["mmdebstrap"] };
    expect(textOf(await planOf({}, ["mmdebstrap"]))[0]).toMatch(/^install docker.io, mmdebstrap: .*images are built/);
    expect(textOf(await planOf(options, ["mmdebstrap"]))[0]).toMatch(/^install docker.io: /);
  });

  test("planning changes nothing", async () => {
    const computer = new FakeComputer({});
    const before = new Set(computer.installed);
    await provisionPlan({ host: computer.host, stateFolder });
    expect(computer.installed).toEqual(before);
    expect(computer.engine).toBe("stopped");
  });
});

describe("provisioning", () => {
  const systems: readonly ComputerOptions[] = [
    { system: "debian 12" },
    { system: "debian 12", user: "sudo" },
    { system: "debian 13", systemd: true },
    { system: "ubuntu 24" },
    { system: "ubuntu 24", systemd: true, user: "sudo" },
    { system: "macos", user: "nobody", installed: ["brew"] },
  ];
  test.each(systems)("ends in an engine with Compose, and a second run does nothing: %j", async (options) => {
    const computer = new FakeComputer(options);
    expect((await provision(computer)).length).toBeGreaterThan(0);
    if (options.system !== "macos") expect(computer.engine).toBe("running");
    expect(
      (await computer.host.run(["docker", "compose", "version"], { timeoutMs: 1 })).ok ||
        computer.installed.has("docker-compose"),
    ).toBe(true);
    expect(await provision(computer)).toEqual([]);
  });

  test("everything is announced before the first thing is done", async () => {
    const computer = new FakeComputer({});
    const kinds = (await provision(computer)).map(({ kind }) => kind);
    const firstStep = kinds.indexOf("step-started");
    expect(firstStep).toBe(3);
    expect(kinds.slice(0, firstStep)).toEqual(["note", "note", "note"]);
    expect(kinds.filter((kind) => kind === "step-done").length).toBe(3);
  });

  test("--no-provision refuses as NO_RUNTIME and lists what to run", async () => {
    const computer = new FakeComputer({});
    await expect(provision(computer, { allow: false })).rejects.toMatchObject({
      code: "NO_RUNTIME",
      fix: textContaining("apt-get install --yes --no-install-recommends"),
    });
    expect(computer.installed.size).toBe(0);
  });

  test("without root and with a password it says exactly what to run", async () => {
    const computer = new FakeComputer({ system: "ubuntu 24", systemd: true, user: "nobody" });
    await expect(provision(computer)).rejects.toMatchObject({
      code: "NO_RUNTIME",
      fix: textContaining("sudo sh -c 'systemctl enable --now docker'"),
    });
  });

  test("a system that Plumbline has no packages for is told what is missing", async () => {
    await expect(provision(new FakeComputer({ system: "fedora" }))).rejects.toMatchObject({
      code: "NO_RUNTIME",
      fix: "Install by the means of your system: a Docker engine, Docker Compose 2.",
    });
  });

  test("a Mac without Homebrew, and root on a Mac, are refused", async () => {
    await expect(provision(new FakeComputer({ system: "macos", user: "nobody" }))).rejects.toMatchObject({
      why: textContaining("Homebrew is not installed"),
    });
    const root = new FakeComputer({ system: "macos", user: "root", installed: ["brew"] });
    await expect(provision(root)).rejects.toMatchObject({ why: textContaining("Homebrew refuses root") });
  });

  test("an engine that DOCKER_HOST names is not replaced by another", async () => {
    const computer = new FakeComputer({ env: { DOCKER_HOST: "tcp://10.0.0.7:2376" } });
    await expect(provision(computer)).rejects.toMatchObject({ code: "NO_RUNTIME", why: textContaining("10.0.0.7") });
    expect(computer.installed.size).toBe(0);
  });

  test("an engine that only root may use is not installed again: the user joins its group", async () => {
    const computer = new FakeComputer({ user: "nobody", installed: ["docker.io"] });
    computer.before = (command) =>
      command.startsWith("docker --host")
        ? { exitCode: 1, stderr: "permission denied while trying to connect" }
        : undefined;
    await expect(provision(computer)).rejects.toMatchObject({ fix: textContaining("usermod -aG docker") });
  });

  test("an installation that was cut off is finished first", async () => {
    const computer = new FakeComputer({ system: "ubuntu 24", systemd: true });
    let cut = true;
    computer.before = (command) => {
      if (command === "dpkg --configure -a") cut = false;
      const fails = cut && command.startsWith("apt-get install");
      return fails
        ? { exitCode: 100, stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'" }
        : undefined;
    };
    await provision(computer);
    expect(computer.engine).toBe("running");
  });

  test("a run that was interrupted halfway is finished by the next one", async () => {
    const computer = new FakeComputer({});
    const stop = new AbortController();
    computer.before = (command) => {
      if (command.startsWith("apt-get install")) queueMicrotask(() => stop.abort());
      return undefined;
    };
    await expect(provision(computer, { signal: stop.signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
    computer.before = () => undefined;
    await provision(computer);
    expect(computer.engine).toBe("running");
  });

  test("a failed installation repeats what apt said last", async () => {
    const computer = new FakeComputer({});
    computer.before = (command) =>
      command.startsWith("apt-get install")
        ? { exitCode: 100, stderr: "E: Unable to locate package docker.io" }
        : undefined;
    await expect(provision(computer)).rejects.toMatchObject({
      code: "PROVISION_FAILED",
      why: "E: Unable to locate package docker.io",
    });
  });

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
