import { describe, expect, test } from "vitest";
import { placeOf } from "../../../stack/runtimes/colima/place.ts";
import { isForwarder } from "../../../stack/runtimes/colima/ports.ts";
import { fakeHost } from "../../support/fakes/host.ts";

describe("a process that holds a port", async () => {
  const place = await placeOf(fakeHost(), "plumbline");

  test.each([
    [`ssh -o ControlPath=${place.instance}/ssh.sock -L 5432`, true],
    ["limactl hostagent --pidfile x colima-plumbline", false],
    ["limactl hostagent colima-plumbline", true],
    ["limactl hostagent colima-plumbline --debug", true],
    ["limactl hostagent colima-plumbline-second", false],
    ["postgres -D /data", false],
  ])("%s is the machine's own: %s", (commandLine, own) => {
    expect(isForwarder({ place }, commandLine)).toBe(own);
  });
});
