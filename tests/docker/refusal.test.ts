import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import { engineError } from "../../stack/docker/refusal.ts";
import type { Subject } from "../../stack/docker/refusal.ts";

/** As docker-modem reports an answer of the engine. */
function answer(status: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode: status });
}

function meaning(subject: Subject, status: number, message: string): PlumblineError {
  const circumstances = { subject, what: "do it", address: "unix:///x", deadlineMs: 1_000, late: false };
  const error = engineError(answer(status, message), circumstances);
  if (error instanceof PlumblineError) return error;
  throw new Error(`not an error of Plumbline: ${String(error)}`);
}

describe("what an engine refuses", () => {
  test.for<readonly [subject: Subject, status: number, message: string, code: string, fix: RegExp]>([
    ["container", 404, "No such container: 0123", "SERVICE_EXITED", /npm run up/],
    ["container", 409, "Container 0123 is not running", "SERVICE_EXITED", /npm run up/],
    ["container", 409, "removal of container 0123 is already in progress", "ENGINE_REFUSED", /being removed/],
    ["container", 409, 'The container name "/a" is already in use by "b"', "ENGINE_REFUSED", /docker ps --all/],
    ["image", 404, "No such image: a:1", "IMAGE_UNAVAILABLE", /npm run up/],
    ["image", 409, "image is being used by running container b", "ENGINE_REFUSED", /docker ps --all/],
    ["volume", 404, "get a: no such volume", "ENGINE_REFUSED", /gone/],
    ["volume", 409, "remove a: volume is in use", "ENGINE_REFUSED", /docker ps --all --filter volume/],
    ["network", 404, "network a not found", "ENGINE_REFUSED", /gone/],
    ["network", 409, "network a has active endpoints", "ENGINE_REFUSED", /docker network inspect/],
    ["engine", 404, "page not found", "ENGINE_REFUSED", /too old/],
    ["container", 500, "mkdir: no space left on device", "DISK_FULL", /docker system df/],
    ["volume", 500, "oops", "ENGINE_REFUSED", /journalctl/],
  ])("about a %s with %i (%s) is %s", ([subject, status, message, code, fix]) => {
    const error = meaning(subject, status, message);
    expect(error).toMatchObject({ code, what: "Could not do it", details: { status } });
    expect(error.fix).toMatch(fix);
  });

  test("is read and shown at its beginning only, however long it is", () => {
    const before = process.cpuUsage();
    const error = meaning("container", 409, "name ".repeat(60_000));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
    expect(error.why.length).toBeLessThan(2100);
  });
});
