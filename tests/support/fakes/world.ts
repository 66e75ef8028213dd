/** A world in memory: containers with limits, servers that read conf files when they start, files with text. */
import { PlumblineError } from "../../../stack/core/errors.ts";
import { byInstance } from "../../../stack/core/plan/containers.ts";
import type { Desired, DesiredInstance, DesiredService } from "../../../stack/core/desire/desire.ts";
import type { EffectiveValue, ObservedContainer, SettingValue } from "../../../stack/core/machine/facts.ts";
import type { Observed } from "../../../stack/core/plan/observed.ts";
import type { Share } from "../../../stack/core/service/service.ts";
import { bytes } from "../../../stack/core/units.ts";
import { fileState } from "../../../stack/render/signature.ts";
import { composeFiles } from "../../../stack/render/compose.ts";
import { renderStack } from "../../../stack/render/stack.ts";

export class World {
  readonly containers = new Map<string, ObservedContainer>();
  readonly files = new Map<string, string>();
  /** What every conf folder says, by instance: a server takes it over when it starts. */
  readonly conf = new Map<string, ReadonlyMap<string, SettingValue>>();
  readonly effective = new Map<string, ReadonlyMap<string, EffectiveValue>>();
  /** Servers that the kernel ended on the way because they held more than their limit. */
  readonly killed: string[] = [];
  /** Copies of files that a person had edited. */
  readonly copies: string[] = [];
  /** One-time steps that a service lacks, by service. */
  readonly missing = new Map<string, readonly string[]>();
  /** Services whose clients wait. */
  readonly drained = new Set<string>();
  /** Why data in memory would be lost with the end of a server, by instance. */
  readonly unsaved = new Map<string, string>();
  /** Instances whose server ends as soon as it is started. */
  readonly exiting = new Set<string>();
  /** Instances that run and do not answer. */
  readonly mute = new Set<string>();
  /** What a test does before something happens. */
  intercept: (event: string) => void | Promise<void> = () => undefined;
  private readonly volumes = new Set<string>();
  private nextId = 1;
  private nextStart = 1;

  /** The world in which this stack runs and nothing is left to do. */
  static running(desired: Desired): World {
    const world = new World();
    for (const [path, text] of rendered(desired)) world.files.set(path, text);
    for (const service of desired.services) {
      for (const instance of service.instances) world.create(service, instance);
    }
    world.missing.clear();
    return world;
  }

  observe(desired: Desired): Observed {
    const wanted = rendered(desired);
    const answers = (instance: string) => this.find(instance)?.state === "running" && !this.mute.has(instance);
    const faults = desired.services.map((service) => [service.name, this.fault(service, desired)] as const);
    const silent = [...this.mute].filter((instance) => this.find(instance)?.state === "running");
    return {
      containers: [...this.containers.values()],
      effective: new Map([...this.effective].filter(([instance]) => answers(instance))),
      unsaved: new Map([...this.unsaved].filter(([instance]) => answers(instance))),
      silent: new Map(silent.map((instance) => [instance, "no answer"])),
      unready: new Map(faults.flatMap(([name, fault]) => (fault === undefined ? [] : [[name, fault]]))),
      missing: new Map([...this.missing].filter(([name]) => desired.services.some((each) => each.name === name))),
      files: new Map([...wanted].map(([path, text]) => [path, fileState(path, this.files.get(path), text)])),
    };
  }

  find(instance: string): ObservedContainer | undefined {
    return byInstance([...this.containers.values()]).get(instance);
  }

  change(instance: string, parts: Partial<ObservedContainer>): void {
    const container = this.find(instance);
    if (!container) throw new Error(`no container ${instance}`);
    this.containers.set(container.id, { ...container, ...parts });
  }

  /** What the server of an instance answers instead; undefined: it does not report the setting. */
  report(instance: string, setting: string, value: EffectiveValue | undefined): void {
    const values = new Map(this.effective.get(instance));
    if (value === undefined) values.delete(setting);
    else values.set(setting, value);
    this.effective.set(instance, values);
  }

  add(container: ObservedContainer): void {
    this.containers.set(container.id, container);
  }

  create(service: DesiredService, instance: DesiredInstance): void {
    this.conf.set(instance.name, confOf(service));
    if (!this.volumes.has(instance.name)) this.missing.set(service.name, [`the role of ${service.name}`]);
    this.volumes.add(instance.name);
    this.add({
      id: `c${this.nextId++}`,
      service: service.name,
      instance: instance.name,
      state: "running",
      outOfMemory: false,
      image: service.image.reference,
      ...limitsOf(service.share),
      confinement: instance.confinement,
      identity: instance.identity,
      networks: { net: "10.0.0.2" },
      startedAt: this.now(),
      ports: [],
    });
    this.start(instance.name);
  }

  /** What the executor does to it and what the servers are asked, in this order, each with the services then drained. */
  readonly events: { readonly what: string; readonly drained: readonly string[] }[] = [];

  /** Something is about to happen: noted, and made to fail where a test wants that. */
  async event(what: string): Promise<void> {
    this.events.push({ what, drained: [...this.drained] });
    await new Promise((resolve) => setImmediate(resolve));
    await this.intercept(what);
  }

  /** Looks that the engine does not answer in time. */
  lateLooks = 0;

  async look(): Promise<void> {
    if (this.lateLooks === 0) return;
    this.lateLooks -= 1;
    await new Promise((resolve) => setImmediate(resolve));
    const [what, why, fix] = ["Could not list the containers", "no answer within 15 s", "Wait."];
    throw new PlumblineError("ENGINE_UNREACHABLE", { what, why, fix, details: { late: true } });
  }

  write(desired: Desired, path: string, text: string, keepCopy: boolean): void {
    if (keepCopy) this.copies.push(path);
    this.files.set(path, text);
    for (const service of desired.services) {
      for (const { name } of service.instances) {
        if (path.startsWith(`conf/${name}/`)) this.conf.set(name, confOf(service));
      }
    }
  }

  /** As Compose does it with the files on disk: `again` makes a new container in any case. */
  up(desired: Desired, name: string, again: boolean): void {
    const old = this.find(name);
    if (old?.state === "paused") throw new Error(`cannot start a paused container: ${name}`);
    if (old && !again) return this.restart(name);
    if (old) this.containers.delete(old.id);
    const { service, instance } = lookUp(desired, name);
    this.create(service, instance);
    if (this.exiting.has(name)) this.exit(name);
    this.kill();
  }

  restart(instance: string): void {
    this.change(instance, { state: "running", startedAt: this.now() });
    this.start(instance);
    if (this.exiting.has(instance)) this.exit(instance);
    this.kill();
  }

  limit(id: string, share: Share): void {
    const container = this.containers.get(id);
    if (!container) throw new Error(`no such container: ${id}`);
    this.containers.set(id, { ...container, ...limitsOf(share) });
    this.kill();
  }

  /** What takes a restart or a new container is not changed by telling the server. */
  tell(desired: Desired, instance: string, settings: readonly { name: string; value: SettingValue }[]): void {
    const known = lookUp(desired, instance).service.settings;
    for (const { name, value } of settings) {
      if (known.find((setting) => setting.name === name)?.takes === "live") this.report(instance, name, { value });
    }
    this.kill();
  }

  /** Why a service does not work; undefined where it does. */
  fault({ name, instances, requires }: DesiredService, desired: Desired): string | undefined {
    for (const each of instances) {
      if (this.find(each.name)?.state !== "running") return `${each.name} does not run`;
      if (this.mute.has(each.name)) return `${each.name} does not answer`;
    }
    if (this.drained.has(name)) return `the clients of ${name} wait`;
    const [step] = this.missing.get(name) ?? [];
    if (step !== undefined) return `${step} is missing`;
    const required = desired.services.filter((each) => requires.includes(each.name));
    return required.map((each) => this.fault(each, desired)).find((reason) => reason !== undefined);
  }

  private exit(instance: string): void {
    this.change(instance, { state: "exited", exitCode: 3 });
  }

  private now(): string {
    return `start ${this.nextStart++}`;
  }

  private start(instance: string): void {
    const conf = this.conf.get(instance) ?? new Map<string, SettingValue>();
    this.effective.set(instance, new Map([...conf].map(([name, value]) => [name, { value }])));
  }

  /** The kernel ends what holds more than its limit: here a server holds its cache. */
  private kill(): void {
    for (const { id, instance, state, memoryLimit } of this.containers.values()) {
      const cache = this.effective.get(instance)?.get("cache")?.value;
      if (state !== "running" || typeof cache !== "number" || memoryLimit === 0 || cache <= memoryLimit) continue;
      this.killed.push(instance);
      this.change(instance, { id, state: "exited", exitCode: 137 });
    }
  }
}

const renderings = new WeakMap<Desired, ReadonlyMap<string, string>>();

/** Rendered once: properties look at the same stack a hundred times. */
function rendered(desired: Desired): ReadonlyMap<string, string> {
  const known = renderings.get(desired) ?? renderStack(desired, composeFiles);
  renderings.set(desired, known);
  return known;
}

function limitsOf({ memory, cpus }: Share): Pick<ObservedContainer, "memoryLimit" | "swapLimit" | "cpuLimit"> {
  return { memoryLimit: bytes(memory), swapLimit: bytes(memory), cpuLimit: cpus };
}

function confOf({ settings }: DesiredService): ReadonlyMap<string, SettingValue> {
  return new Map(settings.map(({ name, value }) => [name, value]));
}

function lookUp(desired: Desired, name: string): { service: DesiredService; instance: DesiredInstance } {
  for (const service of desired.services) {
    for (const instance of service.instances) if (instance.name === name) return { service, instance };
  }
  throw new Error(`${name} is not wanted`);
}
