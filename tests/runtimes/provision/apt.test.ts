import { expect, test } from "vitest";
import { hasCandidate } from "../../../stack/runtimes/provision/apt.ts";
import { composeAnswers } from "../../../stack/runtimes/provision/survey.ts";
import { fakeHost } from "../../support/fakes/host.ts";

test("apt is asked in English, whatever language a person reads", async () => {
  const host = fakeHost({
    env: { LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8", PATH: "/usr/bin" },
    answer: (_argv, { env }) => ({
      stdout:
        env?.["LC_ALL"] === "C" ? "docker.io:\n  Candidate: 26.1.5\n" : "docker.io:\n  Installationskandidat: 26.1.5\n",
    }),
  });
  expect(await hasCandidate(host, "docker.io", 20)).toBe(true);
});

test("Compose is found although the shell names a context that is gone", async () => {
  const host = fakeHost({
    env: { DOCKER_CONTEXT: "gone", DOCKER_TLS_VERIFY: "1" },
    answer: (_argv, { env }) =>
      env?.["DOCKER_CONTEXT"] === undefined && env?.["DOCKER_TLS_VERIFY"] === undefined
        ? { stdout: "2.40.1\n" }
        : { exitCode: 1, stderr: 'context "gone": context not found' },
  });
  expect(await composeAnswers(host)).toBe(true);
});
