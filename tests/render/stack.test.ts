import { describe, expect, test } from "vitest";
import { fileState, staticState } from "../../stack/render/signature.ts";
import { composeFiles } from "../../stack/render/compose.ts";
import { renderFiles, renderStack } from "../../stack/render/stack.ts";
import { COMPOSE_FILE, TUNING_FILE } from "../../stack/core/stack-names.ts";
import { agentStack } from "../support/core/agent.ts";
import { desiredOf, profileOf, shippedStack } from "../support/core/stack.ts";

describe("the files of a stack", () => {
  test("must be compose.yaml, tuning.env and one folder of conf files an instance", () => {
    const files = renderStack(desiredOf(profileOf({ services: { store: { nodes: 2 }, pool: {} } })), composeFiles);
    expect([...files.keys()]).toEqual([
      COMPOSE_FILE,
      TUNING_FILE,
      "conf/store-1/store.conf",
      "conf/store-1/users.json",
      "conf/store-2/store.conf",
      "conf/store-2/users.json",
      "conf/pool/pool.ini",
    ]);
  });

  test("must hold static files as they are, without a signature, besides the texts", () => {
    const bytes = Uint8Array.of(0xff, 0, 1);
    const desired = agentStack({
      files: [
        { path: "logo.conf", bytes },
        { path: "a.conf", text: "a = 1\n" },
      ],
    });
    expect(renderFiles(desired, composeFiles).get("conf/agent/logo.conf")).toBe(bytes);
    expect([...renderStack(desired, composeFiles).keys()]).not.toContain("conf/agent/logo.conf");
    for (const [path, text] of renderStack(desired, composeFiles))
      expect(renderFiles(desired, composeFiles).get(path)).toBe(text);
    expect(staticState(undefined, bytes)).toBe("absent");
    expect(staticState(Uint8Array.of(0xff, 0, 1), bytes)).toBe("same");
    expect(staticState(Uint8Array.of(0xff, 0), bytes)).toBe("outdated");
  });

  test.for(["dev", "minimal", "qa"])("of %s must hold no password in plain text", async (name) => {
    for (const [path, text] of renderStack(await shippedStack(name, { secret: "hush" }), composeFiles)) {
      expect(text, path).not.toContain("hush-password");
    }
  });

  test.for(["dev", "minimal", "qa"])("of %s must stay within their folder, and be the same each time", async (name) => {
    const files = renderStack(await shippedStack(name), composeFiles);
    for (const path of files.keys()) expect(path).toMatch(/^(?!.*\.\.)[a-z][\w.-]*(\/[\w.-]+)*$/);
    const again = renderStack(await shippedStack(name), composeFiles);
    expect([...again]).toEqual([...files]);
    for (const [path, text] of files) expect(fileState(path, text, again.get(path) ?? "")).toBe("same");
  });

  test.for(["dev", "qa"])("of %s must hold every setting that the servers read from files", async (name) => {
    const desired = await shippedStack(name);
    const files = renderStack(desired, composeFiles);
    for (const { settings, instances } of desired.services) {
      for (const instance of instances) {
        const texts = instance.files.map(({ path }) => files.get(`conf/${instance.name}/${path}`)).join("\n");
        for (const setting of settings.filter(({ takes }) => takes !== "recreate")) {
          expect(texts, `${instance.name} ${setting.name}`).toContain(setting.name);
        }
      }
    }
  });
});
