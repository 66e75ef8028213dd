/** An engine of which a test says only what it needs: every other call is a failure of the test. */
import type { Engine } from "../../../stack/core/machine/runtime.ts";

const unexpected = (name: string) => () => Promise.reject(new Error(`this test's engine has no ${name}`));

export function fakeEngine(parts: Partial<Engine>): Engine {
  return {
    address: "unix:///nowhere/docker.sock",
    facts: unexpected("facts"),
    containers: unexpected("containers"),
    logs: unexpected("logs"),
    exec: unexpected("exec"),
    updateLimits: unexpected("updateLimits"),
    effectiveLimits: unexpected("effectiveLimits"),
    memoryUse: unexpected("memoryUse"),
    counters: unexpected("counters"),
    oomSince: unexpected("oomSince"),
    restart: unexpected("restart"),
    remove: unexpected("remove"),
    volumes: unexpected("volumes"),
    compose: unexpected("compose"),
    composeVersion: unexpected("composeVersion"),
    ...parts,
  };
}
