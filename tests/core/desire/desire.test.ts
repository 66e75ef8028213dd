import { describe, expect, test } from "vitest";
import {
  configureServices,
  desire,
  identityOf,
  sizeServices,
  type Desired,
  type EngineFacts,
} from "../../../stack/core/desire/desire.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Profile } from "../../../stack/core/profile/profile.ts";
import type { ContainerSpec } from "../../../stack/core/service/service.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { agentStack } from "../../support/core/agent.ts";
import { testRegistry } from "../../support/core/services.ts";
import { desiredOf, fakeCredentials, imageOf, profileOf, shippedStack } from "../../support/core/stack.ts";

const settingsOf = (desired: Desired, service = "store") =>
  new Map(desired.services.find(({ name }) => name === service)?.settings.map((setting) => [setting.name, setting]));

const identitiesOf = (desired: Desired) =>
  Object.fromEntries(
    desired.services.flatMap(({ instances }) => instances.map(({ name, identity }) => [name, identity])),
  );

const plain = ({ services }: Desired) =>
  services.map(({ settings, share, instances, image }) => {
    const data = instances.map(({ credentials: _lookUp, ...instance }) => instance);
    return { settings, share, instances: data, image };
  });

function sized(profile: Profile, positionOf?: Parameters<typeof sizeServices>[0]["positionOf"]) {
  const services = configureServices(profile, testRegistry);
  const input = { profile, machine: profile.machine, services };
  return sizeServices(positionOf ? { ...input, positionOf } : input);
}

function refusal(work: () => unknown): PlumblineError {
  try {
    work();
  } catch (error) {
    if (error instanceof PlumblineError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the stack of a profile", () => {
  test("must be the same for the same profile and machine", async () => {
    const [first, second] = [await shippedStack("dev"), await shippedStack("dev")];
    expect(identitiesOf(first)).toEqual(identitiesOf(second));
    expect(plain(first)).toEqual(plain(second));
  });

  test("must have its services in the profile's order, each with all its instances", () => {
    const desired = desiredOf(profileOf({ services: { pool: {}, store: { nodes: 3 } } }));
    expect(desired.services.map(({ name }) => name)).toEqual(["pool", "store"]);
    expect(Object.keys(identitiesOf(desired))).toEqual(["pool", "store-1", "store-2", "store-3"]);
  });

  test("must be sized to the machine and never beyond the profile", () => {
    const profile = profileOf({ machine: { cpus: 2, memory: gib(2), disk: gib(10) } });
    const services = configureServices(profile, testRegistry);
    const { budget } = sizeServices({
      profile,
      machine: { cpus: 64, memory: gib(256) },
      services,
    });
    expect(budget.machine).toEqual({ cpus: 2, memory: gib(2), disk: gib(10) });
  });

  test("must be without the services that have no image, and the others keep their sizes", () => {
    const profile = profileOf({ services: { store: {}, pool: {} } });
    const whole = desiredOf(profile);
    const part = desiredOf(profile, { leftOut: ["store"] });
    expect(part.services.map(({ name }) => name)).toEqual(["pool"]);
    expect(part.services[0]?.share).toEqual(whole.services[1]?.share);
  });

  test("must publish each port at its usual number plus the profile's offset", () => {
    const desired = desiredOf(profileOf({ services: { store: { nodes: 2 } }, portOffset: 500 }));
    const ports = desired.services.flatMap(({ instances }) => instances.flatMap((instance) => instance.ports));
    expect(ports.map(({ published, container }) => [published, container])).toEqual([
      [7500, 7000],
      [7501, 7000],
    ]);
  });

  test("must not exist for a service that is not in the registry, and say which are", () => {
    const error = refusal(() => desiredOf(profileOf({ services: { stroe: {} } })));
    expect(error).toMatchObject({ code: "PROFILE_INVALID", fix: "Use one of: store, pool" });
  });
});

const withSettings = (store: Profile["overrides"][string], services: Profile["services"] = { store: {} }) =>
  profileOf({ services, overrides: { store } });

describe("settings that the profile gives itself", () => {
  test.for([
    ["cache", "96 MiB", mib(96)],
    ["cache", "96MB", mib(96)],
    ["cache", 1_000_000, 1_000_000],
    ["timeout", "500 ms", 0.5],
    ["timeout", "2 min", 120],
    ["timeout", 7, 7],
    ["threads", 9, 9],
    ["sync", "off", "off"],
  ] as const)("%s: %j must become %j, in the unit of the setting", ([name, given, value]) => {
    expect(settingsOf(desiredOf(withSettings({ [name]: given }))).get(name)?.value).toBe(value);
  });

  test("must say that the profile gave them, and what the formula gives", () => {
    const setting = settingsOf(desiredOf(withSettings({ cache: "96 MiB" }))).get("cache");
    expect(setting?.because).toEqual({
      formula: "from the profile",
      inputs: { "the formula gives": "256 MiB" },
      source: "services.store.settings in the profile",
    });
    expect(setting?.takes).toBe("live");
  });

  test("must leave all others as the formulas give them", () => {
    const plain = settingsOf(desiredOf(profileOf()));
    const changed = settingsOf(desiredOf(withSettings({ threads: 9 })));
    expect([...changed].filter(([name]) => name !== "threads")).toEqual(
      [...plain].filter(([name]) => name !== "threads"),
    );
  });

  test("must all be known: every mistake is reported at its place, with every name that exists", () => {
    const profile = profileOf({
      services: { store: {}, pool: {} },
      overrides: { store: { cahce: "96 MiB", cache: "a lot" }, pool: { clients: true } },
    });
    const error = refusal(() =>
      sized(profile, (path, what) => ({ file: "mine.yaml", line: path.length, column: what === "key" ? 7 : 15 })),
    );
    expect(error).toMatchObject({
      code: "PROFILE_INVALID",
      exitCode: 2,
      what: "The profile test has 3 mistakes in its settings",
    });
    expect(error.why.split("\n")).toEqual([
      "mine.yaml:4:7: services.store.settings.cahce: found a setting that is not tuned, " +
        "expected one of cache, timeout, sync, threads, format; did you mean cache?",
      'mine.yaml:4:15: services.store.settings.cache: found "a lot", expected a size such as 256 MiB',
      "mine.yaml:4:15: services.pool.settings.clients: found true, expected a number such as 100",
    ]);
  });

  test("must have their unit where a person gives a size or a time, but not where a stack has them already", () => {
    const profile = withSettings({ cache: 65_536, timeout: 7 });
    const error = refusal(() => sized(profile, () => ({ file: "mine.yaml", line: 4, column: 7 })));
    expect(error.why.split("\n")).toEqual([
      "mine.yaml:4:7: services.store.settings.cache: found 65536 without a unit, " +
        "expected a size with its unit, such as 256 MiB; did you mean 64 KiB?",
      "mine.yaml:4:7: services.store.settings.timeout: found 7 without a unit, " +
        "expected a time with its unit, such as 5 s; did you mean 7 s?",
    ]);
    expect(() => sized(profile)).not.toThrow();
  });

  test("must be reported at the profile's beginning where no place is known", () => {
    const error = refusal(() => sized(withSettings({ constructor: 1 })));
    expect(error.why).toMatch(/^test:1:1: services\.store\.settings\.constructor: found a setting that is not tuned/);
  });

  test.for([
    ["sync", true, 'found true, expected a text such as "on"'],
    ["sync", 1, 'found 1, expected a text such as "on"'],
    ["threads", "many", 'found "many", expected a number such as 2'],
    ["timeout", "5", 'found "5", expected a time such as 5 s'],
    ["cache", Number.NaN, "found NaN, expected a size such as 256 MiB"],
  ] as const)("%s: %j must be refused: the server would never report it", ([name, given, message]) => {
    expect(refusal(() => sized(withSettings({ [name]: given }))).why).toContain(message);
  });
});

describe("the identity of a container", () => {
  const base = profileOf({ services: { store: { nodes: 2 } } });
  const identity = identitiesOf(desiredOf(base));

  test("must differ between instances", () => {
    expect(identity["store-1"]).not.toBe(identity["store-2"]);
  });

  test.for<readonly [what: string, changed: () => Desired]>([
    ["the image", () => desiredOf(base, { version: "2" })],
    ["the command", () => desiredOf({ ...base, services: { store: { nodes: 2, mode: "slow" } } })],
    ["a published port", () => desiredOf({ ...base, portOffset: 1 })],
    ["a file that holds no tunable", () => desiredOf(base, { secret: "other" })],
  ])("must change with %s", ([, changed]) => {
    expect(identitiesOf(changed())["store-1"]).not.toBe(identity["store-1"]);
  });

  test.for<readonly [what: string, changed: () => Desired]>([
    [
      "the machine, and with it limits and tunables",
      () => desiredOf({ ...base, machine: { cpus: 1, memory: gib(1), disk: gib(9) } }),
    ],
    ["a setting of the profile", () => desiredOf({ ...base, overrides: { store: { cache: "1 MiB", threads: 7 } } })],
    ["the name of the stack", () => desiredOf(base, { stack: "other" })],
    ["the number of nodes", () => desiredOf({ ...base, services: { store: { nodes: 4 } } })],
    ["another service", () => desiredOf({ ...base, services: { ...base.services, pool: {} } })],
    ["the workload", () => desiredOf({ ...base, workload: { kind: "dw", clients: 7, connections: 99 } })],
  ])("must not change with %s", ([, changed]) => {
    const after = identitiesOf(changed());
    expect([after["store-1"], after["store-2"]]).toEqual([identity["store-1"], identity["store-2"]]);
  });

  test("of the real services must not change with the machine's memory", async () => {
    const dev = await shippedStack("dev");
    const { machine } = dev.profile;
    const larger = await import("../../../stack/services/index.ts").then(({ registry }) =>
      desiredOf({ ...dev.profile, machine: { ...machine, memory: gib(12) } }, { registry }),
    );
    expect(larger.services[0]?.share).not.toEqual(dev.services[0]?.share);
    expect(identitiesOf(larger)).toEqual(identitiesOf(dev));
  });

  test("must be a short hash that depends on every part", () => {
    expect(identityOf({ a: 1 })).toMatch(/^[0-9a-f]{16}$/);
    expect(identityOf({ a: 1, b: [1] })).not.toBe(identityOf({ a: 1, b: [2] }));
  });
});

test("a container that asks for a port it does not declare must be a defect that names both", () => {
  const profile = profileOf();
  const { budget, sized: services } = sized(profile);
  const broken = services.map((service) => ({
    ...service,
    definition: {
      ...service.definition,
      files: (input: Parameters<typeof service.definition.files>[0]) => [
        { path: "x", text: String(input.hostPort("store-1", "admin")) },
      ],
    },
  }));
  const images = new Map([["store", imageOf("store")]]);
  const input = {
    stack: "default",
    profile,
    profileReference: "test",
    budget,
    images,
    credentials: fakeCredentials("s"),
  };
  expect(() => desire({ ...input, sized: broken })).toThrow("store declares no port admin for store-1");
});

const identityOfAgent = (container: Partial<ContainerSpec>, engine: EngineFacts = {}) =>
  identitiesOf(agentStack({ container }, { engine }))["agent"];

function identityWithByte(byte: number, identity?: true): string | undefined {
  const bytes = Uint8Array.of(byte);
  const file = identity ? { path: "logo", bytes, identity } : { path: "logo", bytes };
  return identitiesOf(agentStack({ files: [file] }))["agent"];
}

describe("what only a new container can change", () => {
  const changes: readonly Partial<ContainerSpec>[] = [
    {},
    { secretFiles: [{ path: "a", text: "one" }] },
    { secretFiles: [{ path: "a", text: "two" }] },
    { mounts: [{ kind: "host", source: "/proc", target: "/proc" }] },
    { mounts: [{ kind: "engine-socket", target: "/proc" }] },
    { networks: ["data", "app"] },
    { capabilities: ["SYS_PTRACE"] },
    { groups: ["adm"] },
    { openFiles: 100_000 },
    { processes: 100_000 },
    { readOnlyRoot: true },
    { pidMode: "host" },
  ];

  test("must be all of a container's mounts, networks, rights and secrets", () => {
    expect(new Set(changes.map((each) => identityOfAgent(each))).size).toBe(changes.length);
  });

  test("must not be what says the same in other words", () => {
    expect(identityOfAgent({ networks: ["data"], openFiles: 1024, processes: 7, secretFiles: [] })).toBe(
      identityOfAgent({}),
    );
  });

  test("must be the engine's socket for containers that use it, and for no others", () => {
    const mounts = [{ kind: "engine-socket", target: "/docker.sock" }] as const;
    expect(identityOfAgent({ mounts }, { engineSocket: "/other.sock" })).not.toBe(identityOfAgent({ mounts }));
    expect(identityOfAgent({}, { engineSocket: "/other.sock" })).toBe(identityOfAgent({}));
  });

  test("must be the bytes of a static file that is marked so, and of no other", () => {
    expect(identityWithByte(1, true)).not.toBe(identityWithByte(2, true));
    expect(identityWithByte(1)).toBe(identityWithByte(2));
  });
});
