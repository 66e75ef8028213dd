/** Settings of a profile that are not among those of the release whose settings are known. */
import { describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { decideUnknown } from "../../../stack/core/desire/settings.ts";
import { mayBeOtherRelease } from "../../../stack/core/desire/release.ts";
import { registry } from "../../../stack/services/index.ts";
import { refusedFor, SERVICES, type Overrides } from "../../support/core/given-settings.ts";
import { profileOf } from "../../support/core/stack.ts";

const SERVERS = ["postgres", "pgbouncer", "mysql", "redis", "rabbitmq"] as const;

function returned(overrides: Overrides) {
  const profile = profileOf({ services: SERVICES, overrides });
  return sizeServices({
    profile,
    machine: profile.machine,
    services: configureServices(profile, registry),
    unknownNames: "returned",
    positionOf: (path) => ({ file: "mine.yaml", line: path.length, column: 7 }),
  });
}

/** Returns the mistakes that no release of a server undoes. */
function mistakesIn(overrides: Overrides): string {
  try {
    returned(overrides);
    return "";
  } catch (error) {
    if (error instanceof PlumblineError && error.code === "PROFILE_INVALID") return error.why;
    throw error;
  }
}

describe("a name that the known release lacks", () => {
  test.for(SERVERS)("must be refused where that release of %s will run", (service) => {
    const { unknown } = returned({ [service]: { new_in_next: 1 } });
    const release = unknown[0]?.release ?? "";
    const { problems, warnings } = decideUnknown(unknown, () => `${release}.1`);
    expect(warnings).toEqual([]);
    expect(problems).toEqual([
      expect.objectContaining({
        path: `services.${service}.settings.new_in_next`,
        found: "a setting that the server does not know",
      }),
    ]);
  });

  test.for(SERVERS)("must be handed to another release of %s, with a warning that names the place", (service) => {
    const { unknown, sized } = returned({ [service]: { new_in_next: "a b" } });
    const { problems, warnings } = decideUnknown(unknown, () => "99.1.2");
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^mine.yaml:4:7: services.${service}.settings.new_in_next: .* ${service} [\\d.]+ .*99\\.1\\.2`),
      ),
    ]);
    const settings = sized.find(({ definition }) => definition.name === service)?.settings ?? [];
    expect(settings.at(-1)).toMatchObject({
      name: "new_in_next",
      value: "a b",
      takes: "recreate",
      unreported: true,
      given: "mine.yaml:4:7",
    });
  });

  test.for(SERVERS)("must be decided by the tags of %s where no image is known", (service) => {
    const definition = configureServices(profileOf({ services: SERVICES }), registry).find(
      ({ name }) => name === service,
    );
    const release = definition?.settingRules?.release ?? "";
    expect(release).not.toBe("");
    const isOther = definition !== undefined && mayBeOtherRelease(definition.image, release);
    const { unknown } = returned({ [service]: { new_in_next: 1 } });
    for (const version of [undefined, "not known yet"]) {
      const { problems, warnings } = decideUnknown(unknown, () => version);
      expect([problems.length, warnings.length]).toEqual(isOther ? [0, 1] : [1, 0]);
    }
    expect(refusedFor({ [service]: { new_in_next: 1 } }) === "").toBe(isOther);
  });

  test("must name what was probably meant also in the warning", () => {
    const { unknown } = returned({ postgres: { wal_levle: "logical" } });
    expect(decideUnknown(unknown, () => "17.9").warnings[0]).toContain("did you mean wal_level?");
  });

  test("must be accepted as it is where a profile is put back, without a warning", () => {
    const profile = profileOf({ services: SERVICES, overrides: { postgres: { new_in_next: 1 } } });
    const services = configureServices(profile, registry);
    const { sized, warnings, unknown } = sizeServices({ profile, machine: profile.machine, services });
    expect([warnings, unknown]).toEqual([[], []]);
    const settings = sized.find(({ definition }) => definition.name === "postgres")?.settings ?? [];
    expect(settings.at(-1)).toMatchObject({ name: "new_in_next", value: "1" });
  });
});

test.for<readonly [service: string, name: string]>([
  ["postgres", "listen_addresses"],
  ["postgres", "SSL_new"],
  ["mysql", "admin_new"],
  ["mysql", "loose_port"],
  ["mysql", "loose-skip-grant-tables"],
  ["redis", "tls-new"],
  ["pgbouncer", "auth_new"],
  ["rabbitmq", "definitions.new"],
])("a setting that Plumbline gives itself must not reach any release: %s %s", ([service, name]) => {
  expect(mistakesIn({ [service]: { [name]: "x" } })).toContain("a setting that Plumbline gives the server itself");
});

test.for<readonly [service: string, name: string]>([
  // MySQL takes the beginning of an option for the whole.
  ["mysql", "skip_grant"],
  ["mysql", "bind_addr"],
  ["mysql", "loose_bind_addr"],
  ["mysql", "max_connection"],
  ["postgres", "a b"],
  ["redis", "save 1 1\nport"],
  ["redis", "#comment"],
  ["pgbouncer", "%include"],
  ["rabbitmq", "x = 1"],
])("what is no name of a setting must not reach any release: %s %j", ([service, name]) => {
  expect(mistakesIn({ [service]: { [name]: "x" } })).toContain("a setting that the server does not know");
});

test("services whose settings are those of every release must refuse an unknown name in all of them", () => {
  expect(refusedFor({ "node-exporter": { GOMAXPROC: 1 } })).toContain("a setting that the server does not know");
});
