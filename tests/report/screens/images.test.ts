import { expect, test } from "vitest";
import type { Images } from "../../../stack/core/results/commands/images.ts";
import { imagesDocument } from "../../../stack/report/documents/documents.ts";
import { imagesDocumentOf, imagesText } from "../../../stack/report/screens/images.ts";

const DIGEST = `sha256:${"0123456789ab".padEnd(64, "c")}`;
const images: Images = {
  stack: "default",
  profile: "dev",
  lockFile: "/project/profiles/images.lock.json",
  images: [
    {
      service: "postgres",
      source: "postgres:18.6",
      reference: `postgres:18.6@${DIGEST}`,
      version: "18.6",
      digest: DIGEST,
      newerTag: "18.7",
      behind: ["the registry has the tag 18.7"],
    },
    { service: "redis", source: "redis:8.0.4", behind: [], unknown: "no registry answers (no answer in time)" },
  ],
  updated: [{ service: "postgres", tag: "postgres:18.6", to: DIGEST }],
};

test("as text: a row for each service, what was noted, what is behind, and what could not be asked", () => {
  expect(imagesText(images)).toBe(`service   source         version  locked digest        image
postgres  postgres:18.6  18.6     sha256:0123456789ab  in the engine
redis     redis:8.0.4    –        –                    not in the engine

Noted in /project/profiles/images.lock.json; \`npm run up\` pulls them:
postgres:18.6: no digest → ${DIGEST}

Behind:
postgres: the registry has the tag 18.7

Could not be asked:
redis: no registry answers (no answer in time)`);
});

test("as text: new editions with what they concern, and the day of the packages of what was built here", () => {
  const built = {
    service: "redis",
    source: "a build from Debian's packages (trixie: redis-server)",
    reference: "plumbline/redis:8.0-0",
    version: "8.0",
    builtOn: "2026-09-01",
    indexDate: "2026-08-31",
    edition: "2026-08-30",
    behind: ["its packages were taken 90 days ago: `npm run up -- --refresh` takes those of today"],
  };
  const updatedEditions = [{ suite: "trixie", from: "2026-08-30", to: "2026-11-30", services: ["redis"] }];
  const renewed: Images = { ...images, images: [built], updated: [], updatedEditions };
  const text = imagesText(renewed);
  expect(text).toMatch(/^redis .* packages of 2026-09-01$/m);
  expect(text).toContain("redis: its packages were taken 90 days ago");
  expect(text).toContain(
    "Noted in /project/profiles/images.lock.json; `npm run up` builds from the packages of that day or later:\n" +
      "Debian trixie: 2026-08-30 → 2026-11-30 (redis)",
  );
  expect(imagesDocument.parse(imagesDocumentOf(renewed))).toMatchObject({ updatedEditions, images: [built] });
});

test("as text: an index of a day before the edition is told beside the day of the packages", () => {
  const built = { service: "redis", source: "s", reference: "plumbline/redis:8.0-0", version: "8.0", behind: [] };
  const row = (edition: string) =>
    imagesText({ ...images, images: [{ ...built, builtOn: "2026-11-30", indexDate: "2026-11-28", edition }] });
  expect(row("2026-11-30")).toMatch(/packages of 2026-11-30, index of 2026-11-28, before the edition 2026-11-30$/m);
  expect(row("2026-11-28")).toMatch(/packages of 2026-11-30$/m);
});

test("that nothing is behind is said only where everything could be asked", () => {
  const [, redis] = images.images;
  expect(imagesText({ ...images, images: redis ? [redis] : [] })).toContain("Nothing is known to be behind.");
  expect(imagesText({ ...images, images: [] })).toContain("Nothing is behind.");
});

test("as a document, it fits its schema", () => {
  expect(imagesDocument.parse(imagesDocumentOf(images))).toMatchObject({ command: "images", profile: "dev" });
});
