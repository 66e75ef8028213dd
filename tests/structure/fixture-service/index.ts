/** A service as the README says one is added: this folder and one registry line. It has one of everything but a benchmark. */
import { z } from "zod";
import { defineService } from "../../../stack/services/kit/define.ts";
import { confFiles, spell } from "./conf.ts";
import { PORT, SERVER } from "./names.ts";
import { needs, tune } from "./tuning.ts";

const options = z.strictObject({
  slots: z.int().min(1).max(64).default(8).describe("How many things it holds at once."),
  database: z.string().default("fixture").describe("Its database. NOTE: another name makes another, empty one."),
});

export const fixture = defineService({
  name: "fixture",
  title: "A fixture",
  options,
  configure: ({ slots, database }) => ({
    instances: ["fixture"],
    wants: [
      { from: SERVER, grant: "database", as: "owner", with: { database } },
      { from: SERVER, grant: "monitor", as: "owner" },
      { from: "redis", grant: "monitor", as: "observer", optional: true },
    ],
    offers: { metrics: [{ instance: "fixture", port: PORT, path: "/metrics" }] },
    image: {
      sources: [
        { kind: "registry", reference: "fixture:1.2.3" },
        {
          kind: "packages",
          folder: "../../tests/structure/fixture-service/image",
          suite: "trixie",
          packages: ["python3"],
          version: { package: "python3" },
        },
      ],
    },
    ports: [
      {
        name: "http",
        instance: "fixture",
        container: PORT,
        defaultHostPort: 8081,
        url: { variable: "FIXTURE_URL", credential: "app", template: "http://{user}:{password}@{host}:{port}" },
      },
    ],
    credentials: [
      { name: "app", user: "app", key: true },
      { name: "owner", user: "fixture" },
      { name: "observer", user: "fixture_observer" },
      { name: "token", user: "fixture", issued: true },
    ],
    needs,
    tune: (input) => tune(input, slots),
    spell,
    files: (input) => confFiles(input, database),
    unsignedFiles: ["users.json", "upstream.json"],
    container: () => ({
      environment: {},
      volumes: { "/data": "data" },
      secrets: [],
      stopGraceSeconds: 5,
    }),
    failures: [
      {
        pattern: /KeyError: 'slots'/,
        code: "SERVICE_EXITED",
        what: "The fixture's conf file says nothing of its slots",
        fix: "run the command again: it writes the conf files anew",
      },
    ],
    live: async () => (await import("./live.ts")).live,
  }),
});
