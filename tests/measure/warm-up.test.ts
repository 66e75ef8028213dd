import { describe, expect, test } from "vitest";
import type { Bench, Scenario } from "../../stack/core/service/scenario.ts";
import { groupsOf } from "../../stack/measure/warm-up.ts";
import { Track } from "../../stack/measure/tracks.ts";

const done = () => Promise.resolve();

function track(name: string, clients: number): Track {
  const scenario: Scenario = {
    name: `store/${name}`,
    title: name,
    effect: "read",
    clients,
    parameters: {},
    smoke: true,
    open: () => Promise.reject(new Error("never opened here")),
  };
  const bench: Bench = { scenarios: [scenario], setup: done, teardown: done, fingerprint: () => Promise.resolve({}) };
  return new Track(scenario, { service: "store", bench });
}

const namesOf = (tracks: readonly Track[], alone: readonly string[] = []) =>
  groupsOf(tracks, ({ scenario }) => alone.includes(scenario.name)).map((group) =>
    group.map(({ scenario: { name } }) => name.replace("store/", "")),
  );

describe("the warm-up of one service", () => {
  test("loads the scenarios of a smoke set at once", () => {
    expect(namesOf([track("read", 5), track("write", 5)])).toEqual([["read", "write"]]);
  });

  test("never has more than ten clients at once, unless one scenario has more", () => {
    const tracks = [track("a", 5), track("b", 5), track("c", 5), track("d", 12), track("e", 4)];
    expect(namesOf(tracks)).toEqual([["a", "b"], ["c"], ["d"], ["e"]]);
  });

  test("loads a scenario whose clients are threads by itself", () => {
    expect(namesOf([track("a", 2), track("b", 2), track("c", 2)], ["store/b"])).toEqual([["a", "c"], ["b"]]);
  });
});
