import { describe, expect, test } from "vitest";
import { FakeComputer } from "../../support/fakes/computer.ts";
import type { ComputerOptions } from "../../support/fakes/computer.ts";
import { provision } from "../../support/fakes/computer-scene.ts";

describe("Compose from a newer Debian", () => {
  const lacksCompose: ComputerOptions = { installed: ["docker.io"] };
  const expired =
    "E: Release file for http://mirror.example/debian/dists/trixie/InRelease is expired (invalid since 3d)";

  test("a package index past its date is used with its signature checked, and that is said", async () => {
    const computer = new FakeComputer(lacksCompose);
    const updates: string[] = [];
    computer.before = (command) => {
      if (!/^apt-get .*update$/.test(command) || !command.includes("-o")) return undefined;
      updates.push(command);
      return updates.length === 1 ? { exitCode: 100, stderr: expired } : undefined;
    };
    const events = await provision(computer);
    expect(events).toContainEqual({
      kind: "warning",
      text: "The package index of Debian trixie is past its date: its signature is checked, its freshness is not.",
    });
  });

  test("what the stable release does not have is looked for in unstable", async () => {
    const computer = new FakeComputer(lacksCompose);
    let downloads = 0;
    computer.before = (command) => {
      if (!command.endsWith("download docker-compose")) return undefined;
      downloads += 1;
      return downloads === 1 ? { exitCode: 100, stderr: "E: Unable to locate package docker-compose" } : undefined;
    };
    await provision(computer);
    expect(downloads).toBe(2);
  });

  test("the login of a mirror is in a file of mode 0600, and in no command, event, list of sources or error", async () => {
    const secret = "s3cret";
    const computer = new FakeComputer({
      ...lacksCompose,
      env: { PLUMBLINE_DEBIAN_MIRROR: `https://ada:${secret}@mirror.example/debian` },
    });
    const commands: string[] = [];
    const written = new Map<string, string>();
    computer.before = (command) => {
      commands.push(command);
      for (const [path, text] of computer.files) written.set(path, text);
      return command.endsWith("download docker-compose")
        ? { exitCode: 100, stderr: `E: Failed to fetch https://ada:${secret}@mirror.example/x` }
        : undefined;
    };
    const events: unknown[] = [];
    const error = await provision(computer, { report: (event) => events.push(event) }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "PROVISION_FAILED", why: textContaining("https://***@mirror.example") });
    expect(JSON.stringify([commands, events, error]) + String(error)).not.toContain(secret);
    const secrets = [...written].filter(([, text]) => text.includes(secret)).map(([path]) => path);
    expect(secrets.map((path) => path.split("/").slice(-2).join("/"))).toEqual(["trixie/auth.conf", "sid/auth.conf"]);
    for (const path of secrets) expect(computer.host.modes.get(path)).toBe(0o600);
  });

  test("without a login in the mirror's address, this computer's own logins stay in use", async () => {
    const computer = new FakeComputer(lacksCompose);
    const commands: string[] = [];
    computer.before = (command) => {
      commands.push(command);
      return undefined;
    };
    await provision(computer);
    expect(commands.filter((command) => command.startsWith("apt-get ")).length).toBeGreaterThan(0);
    expect(commands.join("\n")).not.toContain("Dir::Etc::netrc");
    expect([...computer.host.modes.keys()].filter((path) => path.endsWith("auth.conf"))).toEqual([]);
  });

  test("a signature that is not good is never overlooked", async () => {
    const computer = new FakeComputer(lacksCompose);
    computer.before = (command) =>
      /^apt-get .*update$/.test(command) && command.includes("-o")
        ? { exitCode: 100, stderr: "E: The repository is not signed.\nW: GPG error: NO_PUBKEY 0E98404D386FA1D9" }
        : undefined;
    await expect(provision(computer)).rejects.toMatchObject({
      code: "PROVISION_FAILED",
      why: textContaining("NO_PUBKEY"),
    });
    expect(computer.files.has("/home/ada/.docker/cli-plugins/docker-compose")).toBe(false);
  });
});

function textContaining(part: string): unknown {
  return expect.stringContaining(part);
}
