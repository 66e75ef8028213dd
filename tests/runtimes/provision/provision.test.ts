import { describe, expect, test } from "vitest";
import type { Progress } from "../../../stack/core/progress.ts";
import { provisionPlan } from "../../../stack/runtimes/provision/index.ts";
import type { ProvisionPlan } from "../../../stack/runtimes/provision/plan.ts";
import { FakeComputer } from "../../support/fakes/computer.ts";
import type { ComputerOptions } from "../../support/fakes/computer.ts";
import { provision, stateFolder } from "../../support/fakes/computer-scene.ts";

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
    const computer = new FakeComputer({ system: "ubuntu 24", systemd: true, user: "password" });
    await expect(provision(computer)).rejects.toMatchObject({
      code: "NO_RUNTIME",
      why: textContaining("`sudo` asks for a password"),
      fix: [
        "Run this, log in again, then the same command:",
        "sudo sh -c 'apt-get update && env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold docker.io docker-compose-v2'",
        "sudo sh -c 'systemctl enable --now docker'",
        "sudo usermod -aG docker ada",
      ].join("\n"),
    });
  });

  test("where there is no sudo, it says what root has to run, and puts no file of root into the stack's folder", async () => {
    const refusal = provision(new FakeComputer({ system: "debian 12", user: "nobody" }));
    await expect(refusal).rejects.toMatchObject({
      why: textContaining("there is no `sudo`"),
      fix: textMatching(/^Run this as root .*\napt-get update .*\nnohup dockerd .*&\nusermod -aG docker ada$/s),
    });
    await expect(refusal).rejects.not.toMatchObject({ fix: textContaining(stateFolder) });
  });

  test("commands to run by hand make the folder that they write to", async () => {
    const { steps } = await planOf({ system: "debian 12" });
    expect(steps.map(({ command }) => command)).toContainEqual(textContaining(`mkdir -p ${stateFolder} && dockerd`));
  });

  test("a system whose package lists were never read gets the client and Compose with the engine", async () => {
    const plan = await planOf({ system: "debian 13", unread: true });
    expect(plan.steps[0]).toMatchObject({ packages: ["docker.io", "docker-cli", "docker-compose"] });
    const computer = new FakeComputer({ system: "debian 13", unread: true });
    await provision(computer);
    expect(computer.engine).toBe("running");
    expect(await provision(computer)).toEqual([]);
  });

  test("an engine whose package was unpacked and never set up is installed, not started as it is", async () => {
    const computer = new FakeComputer({ system: "debian 12", installed: [] });
    computer.unpacked.add("docker.io");
    await provision(computer);
    expect(computer.unpacked.size).toBe(0);
    expect(computer.engine).toBe("running");
  });

  test("another apt that reads the package lists is waited for", async () => {
    const computer = new FakeComputer({ system: "debian 12", unread: true });
    computer.listsLockedMs = 30_000;
    await provision(computer);
    expect(computer.engine).toBe("running");
  });

  test("without a network the mirror is the reason, and not a package that apt does not know", async () => {
    const computer = new FakeComputer({ system: "debian 12", unread: true });
    computer.offline = true;
    await expect(provision(computer)).rejects.toMatchObject({
      code: "PROVISION_FAILED",
      why: textContaining("Could not resolve 'mirror.example'"),
      fix: textContaining("reaches its package mirrors"),
    });
  });

  test("a failed step points to the error below instead of printing it twice", async () => {
    const computer = new FakeComputer({});
    computer.daemonDies = true;
    const events: Progress[] = [];
    await expect(provision(computer, { report: (event) => events.push(event) })).rejects.toThrow("no iptables");
    expect(events.at(-1)).toEqual({ kind: "step-failed", id: "provision:start-daemon", reason: "see below" });
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
});

function textContaining(part: string): unknown {
  return expect.stringContaining(part);
}

function textMatching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
