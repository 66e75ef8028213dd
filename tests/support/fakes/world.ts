/** A world in memory: containers with limits, servers that read conf files when they start, files with text. */
import type { Action, ContainerAction, Plan } from "../../../stack/core/plan/action.ts";
import { byInstance } from "../../../stack/core/plan/containers.ts";
import type { Desired, DesiredInstance, DesiredService } from "../../../stack/core/desire/desire.ts";
import type { EffectiveValue, ObservedContainer, SettingValue } from "../../../stack/core/machine/facts.ts";
import type { Observed } from "../../../stack/core/plan/plan.ts";
import type { Share } from "../../../stack/core/service/service.ts";
import { bytes } from "../../../stack/core/units.ts";
import { fileState } from "../../../stack/render/signature.ts";
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
  private nextId = 1;

  /** The world in which this stack runs and nothing is left to do. */
  static running(desired: Desired): World {
    const world = new World();
    for (const [path, text] of rendered(desired)) world.files.set(path, text);
    for (const service of desired.services) {
      for (const instance of service.instances) world.create(service, instance);
    }
    return world;
  }

  observe(desired: Desired): Observed {
    const wanted = rendered(desired);
    return {
      containers: [...this.containers.values()],
      effective: new Map([...this.effective].filter(([instance]) => this.find(instance)?.state === "running")),
      files: new Map([...wanted].map(([path, text]) => [path, fileState(path, this.files.get(path), text)])),
    };
  }

  apply(desired: Desired, plan: Plan): void {
    for (const action of plan.actions) this.act(desired, action);
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
    this.add({
      id: `c${this.nextId++}`,
      service: service.name,
      instance: instance.name,
      state: "running",
      outOfMemory: false,
      image: service.image.reference,
      ...limitsOf(service.share),
      identity: instance.identity,
      networks: {},
      ports: [],
    });
    this.start(instance.name);
  }

  private act(desired: Desired, action: Action): void {
    switch (action.kind) {
      case "provision":
      case "create-machine":
      case "start-machine":
      case "resize-machine":
      case "repair-machine":
      case "obtain-image":
        throw new Error(`a stack's plan holds no ${action.kind}`);
      case "write-file":
        return this.write(desired, action.path, action.keepCopy);
      case "create-container":
      case "recreate-container":
      case "start-container":
      case "restart-container":
      case "apply-settings":
      case "grow-limits":
      case "shrink-limits":
      case "remove-container":
        return this.onContainer(desired, action);
    }
  }

  private write(desired: Desired, path: string, keepCopy: boolean): void {
    const text = rendered(desired).get(path);
    if (text === undefined) throw new Error(`nothing to write to ${path}`);
    if (keepCopy) this.copies.push(path);
    this.files.set(path, text);
    for (const service of desired.services) {
      for (const { name } of service.instances) {
        if (path.startsWith(`conf/${name}/`)) this.conf.set(name, confOf(service));
      }
    }
  }

  private onContainer(desired: Desired, action: ContainerAction): void {
    switch (action.kind) {
      case "remove-container":
        this.containers.delete(action.containerId);
        break;
      case "recreate-container":
      case "create-container": {
        const old = this.find(action.instance);
        if (old) this.containers.delete(old.id);
        const { service, instance } = lookUp(desired, action.instance);
        this.create(service, instance);
        break;
      }
      case "start-container":
      case "restart-container":
        this.change(action.instance, { state: "running" });
        this.start(action.instance);
        break;
      case "apply-settings":
        for (const { name, to } of action.changes) {
          // What takes a restart or a new container is not changed by telling the server.
          const { settings } = lookUp(desired, action.instance).service;
          if (settings.find((setting) => setting.name === name)?.takes === "live")
            this.report(action.instance, name, { value: to });
        }
        break;
      case "grow-limits":
      case "shrink-limits":
        this.change(action.instance, limitsOf(action.to));
        break;
    }
    this.kill();
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
  const known = renderings.get(desired) ?? renderStack(desired);
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
