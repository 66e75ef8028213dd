/** A fake computer with a package manager, an init system and an engine that can be installed and started. */
import { fakeHost } from "./host.ts";
import type { Answer, FakeHost } from "./host.ts";

export interface ComputerOptions {
  readonly system?: "debian 12" | "debian 13" | "ubuntu 24" | "fedora" | "macos";
  /** `password`: sudo is there and asks; `nobody`: there is no sudo. */
  readonly user?: "root" | "sudo" | "password" | "nobody";
  readonly systemd?: boolean;
  /** apt has never read its package lists. */
  readonly unread?: boolean;
  readonly installed?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const RELEASES = {
  "debian 12": "ID=debian\nVERSION_ID=12\n",
  "debian 13": "ID=debian\nVERSION_ID=13\n",
  "ubuntu 24": 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
  fedora: "ID=fedora\n",
  macos: "",
} as const;

/** Versions of the packages that the archive of each system has. */
const ARCHIVES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "debian 12": { "docker.io": "20.10.24", "docker-compose": "1.29.2", "cgroupfs-mount": "1.4", mmdebstrap: "1.3" },
  "debian 13": { "docker.io": "26.1.5", "docker-cli": "26.1.5", "docker-compose": "2.26.1", mmdebstrap: "1.5" },
  "ubuntu 24": { "docker.io": "27.5.1", "docker-compose-v2": "2.33.0", mmdebstrap: "1.4" },
};

const SOURCES = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n";

/** A computer that remembers what was installed and started on it. It is asked and changed through the port alone. */
export class FakeComputer {
  readonly installed: Set<string>;
  /** Packages whose files are there, and that were never set up: what a killed dpkg leaves. */
  readonly unpacked = new Set<string>();
  readonly host: FakeHost;
  engine: "running" | "stopped" = "stopped";
  /** Told to every command before it runs; a test may stop the world here. */
  before: (command: string) => Answer | undefined = () => undefined;
  /** The daemon ends right after it was launched. */
  daemonDies = false;
  /** Another apt reads the package lists for this long. */
  listsLockedMs = 0;
  /** No mirror answers. */
  offline = false;
  readonly #system: NonNullable<ComputerOptions["system"]>;
  readonly #user: NonNullable<ComputerOptions["user"]>;
  readonly #systemd: boolean;
  #unread: boolean;

  constructor({ system = "debian 12", user = "root", systemd = false, ...options }: ComputerOptions) {
    const { installed = [], env = {}, unread = false } = options;
    this.#system = system;
    this.#unread = unread;
    this.#user = user;
    this.#systemd = systemd;
    this.installed = new Set(installed);
    this.host = fakeHost({
      platform: system === "macos" ? "darwin" : "linux",
      home: "/home/ada",
      isRoot: user === "root",
      env: { HOME: "/home/ada", ...env },
      which: async (command) => this.#which(command),
      kind: async (path) => this.#kind(path),
      answer: (argv) => this.#run(argv),
      launch: (argv, log, pid) => this.#launch(argv, log, pid),
      passed: (durationMs) => (this.listsLockedMs -= durationMs),
    });
    this.files.set("/etc/os-release", RELEASES[system]);
    if (system.startsWith("debian")) {
      this.files.set("/etc/apt/sources.list.d/debian.sources", SOURCES);
      this.files.set("/usr/share/keyrings/debian-archive-keyring.gpg", "keys");
    }
    this.files.set("/sys/fs/cgroup/cgroup.controllers", "cpu memory");
  }

  get files(): Map<string, string> {
    return this.host.files;
  }

  get links(): Map<string, string> {
    return this.host.links;
  }

  /** What each installed package puts on the PATH. */
  #has(program: string): boolean {
    const from: Readonly<Record<string, readonly string[]>> = {
      docker: ["docker-cli", this.#system === "debian 13" ? "" : "docker.io", "docker"],
      dockerd: ["docker.io"],
      "docker-compose": ["docker-compose"],
      brew: ["brew"],
      colima: ["colima"],
    };
    if (program === "sudo") return this.#user === "sudo" || this.#user === "password";
    return (from[program] ?? []).some((name) => this.installed.has(name) || this.unpacked.has(name));
  }

  #which(command: string): string | undefined {
    if (command.startsWith("/opt/") && this.#system !== "macos") return undefined;
    return this.#has(command.split("/").at(-1) ?? "") ? `/bin/${command}` : undefined;
  }

  #run(argv: readonly string[]): Answer {
    const asRoot = this.#user === "root" || argv[0] === "sudo";
    const words = argv.filter((word) => !["sudo", "-n", "env"].includes(word) && !word.includes("="));
    return this.before(words.join(" ")) ?? this.#answer(words, asRoot);
  }

  #answer(words: readonly string[], asRoot: boolean): Answer {
    const [program = "", verb = ""] = words;
    const last = words.at(-1) ?? "";
    if (program === "true") return { exitCode: this.#user === "password" ? 1 : 0 };
    if (program === "id") return { stdout: "ada\n" };
    if (program === "dpkg-query") return this.#status(last);
    if (program === "apt-cache") {
      const version = this.#unread ? undefined : ARCHIVES[this.#system]?.[last];
      return { stdout: `${last}:\n  Candidate: ${version ?? "(none)"}\n` };
    }
    if (program === "apt-get" && verb === "install") return this.#install(words.slice(2), asRoot);
    if (program === "apt-get" && last === "update" && words.length < 7) return this.#update();
    if (program.endsWith("brew")) return this.#brew(words.slice(2));
    if (program === "systemctl") return this.#startByInit(asRoot);
    if (program === "docker" && verb === "compose") return this.#compose();
    if (program === "docker-compose")
      return this.#has(program) ? { stdout: this.#composeVersion() } : { exitCode: 127 };
    if (program === "docker") return this.#version();
    if (program === "mktemp") return { stdout: "/tmp/fetch\n" };
    if (program === "mv") this.files.set(last, "plugin");
    return {};
  }

  #status(name: string): Answer {
    if (this.unpacked.has(name)) return { stdout: "unpacked" };
    return this.installed.has(name) ? { stdout: "installed" } : { exitCode: 1 };
  }

  #update(): Answer {
    if (this.listsLockedMs > 0) return { exitCode: 100, stderr: "E: Could not get lock /var/lib/apt/lists/lock." };
    if (this.offline) return { exitCode: 100, stderr: "E: Could not resolve 'mirror.example'" };
    this.#unread = false;
    return {};
  }

  #install(words: readonly string[], asRoot: boolean): Answer {
    if (!asRoot) return { exitCode: 100, stderr: "E: are you root?" };
    const names = words.filter((word) => !word.startsWith("-"));
    if (this.offline && !this.#unread) return { exitCode: 100, stderr: "E: Failed to fetch docker.io.deb" };
    const unknown = names.find((name) => this.#unread || ARCHIVES[this.#system]?.[name] === undefined);
    if (unknown !== undefined) return { exitCode: 100, stderr: `E: Unable to locate package ${unknown}` };
    for (const name of names) {
      this.installed.add(name);
      this.unpacked.delete(name);
    }
    return {};
  }

  #brew(names: readonly string[]): Answer {
    for (const name of names) this.installed.add(name);
    return {};
  }

  #startByInit(asRoot: boolean): Answer {
    if (!asRoot || !this.#systemd) return { exitCode: 1, stderr: "System has not been booted with systemd" };
    this.engine = "running";
    return {};
  }

  #compose(): Answer {
    const plugin = ["/home/ada/.docker/cli-plugins/docker-compose"].some(
      (path) => this.files.has(path) || this.links.has(path),
    );
    const packaged = ["docker-compose-v2", "docker-compose-plugin"].some((name) => this.installed.has(name));
    if (!this.#has("docker")) return { exitCode: 127 };
    if (plugin || packaged) return { stdout: "2.26.1" };
    return { exitCode: 1, stderr: "docker: 'compose' is not a docker command." };
  }

  #composeVersion(): string {
    return ARCHIVES[this.#system]?.["docker-compose"] ?? "2.40.0";
  }

  #version(): Answer {
    if (!this.#has("docker")) return { exitCode: 127 };
    return this.engine === "running" ? { stdout: "20.10.24" } : { exitCode: 1, stderr: "Cannot connect" };
  }

  #launch(argv: readonly string[], log: string, pid: number): void {
    if (argv.includes("dockerd") && !this.daemonDies && !this.unpacked.has("docker.io")) {
      this.engine = "running";
      this.files.set(`/proc/${pid}/comm`, "dockerd\n");
      this.files.set(argv.at(-1) ?? "", String(pid));
    } else this.files.set(log, "failed to start daemon: no iptables\n");
  }

  #kind(path: string): Awaited<ReturnType<FakeHost["kind"]>> {
    if (path === "/run/systemd/system") return this.#systemd ? "folder" : "absent";
    if (this.files.has(path)) return "file";
    return [...this.files.keys()].some((file) => file.startsWith(`${path}/`)) ? "folder" : "absent";
  }
}
