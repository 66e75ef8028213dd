/** A service as the README says one is added: this folder and one registry line. It runs nowhere. */
import { z } from "zod";
import { CONF_MOUNT } from "../../../stack/core/service/service.ts";
import { defineService } from "../../../stack/services/kit/define.ts";
import { confFiles, spell } from "./conf.ts";
import { needs, tune } from "./tuning.ts";

const options = z.strictObject({
  slots: z.int().min(1).max(64).default(8).describe("How many things it holds at once."),
});

export const fixture = defineService({
  name: "fixture",
  title: "A fixture",
  options,
  configure: ({ slots }) => ({
    instances: ["fixture"],
    image: { sources: [{ kind: "registry", reference: "fixture:1.2.3" }] },
    ports: [
      {
        name: "http",
        instance: "fixture",
        container: 8080,
        host: 8081,
        url: { variable: "FIXTURE_URL", credential: "app", template: "http://{user}:{password}@{host}:{port}" },
      },
    ],
    credentials: [{ name: "app", user: "app" }],
    needs,
    tune: (input) => tune(input, slots),
    spell,
    files: confFiles,
    container: () => ({
      command: ["fixture", `${CONF_MOUNT}/fixture.conf`],
      environment: {},
      volumes: { "/data": "data" },
      secrets: ["fixture.app"],
      stopGraceSeconds: 5,
    }),
    failures: [],
    live: () => Promise.reject(new Error("the fixture has no server")),
  }),
});
