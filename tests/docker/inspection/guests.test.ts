import { describe, expect, test } from "vitest";
import { isNamedByPlumbline } from "../../../stack/docker/inspection/guests.ts";

const labelled = (kind: "volume" | "network", key: string, name: string) => ({
  Name: name,
  Labels: { [`com.docker.compose.${kind}`]: key },
});

describe("a volume or network of the Compose project", () => {
  test.each([
    ["volume", "redis-1-data", "plumbline-a-redis-1-data", true],
    ["volume", "uploads", "plumbline-a-uploads", false],
    ["volume", "data", "plumbline-a-data", false],
    ["volume", "redis-1-data", "plumbline-a_redis-1-data", false],
    ["network", "observability", "plumbline-a-observability", true],
    ["network", "mail", "plumbline-a-mail", false],
  ] as const)("%s with the key %s and the name %s", (kind, key, name, isOwn) => {
    expect(isNamedByPlumbline("plumbline-a", kind, labelled(kind, key, name))).toBe(isOwn);
  });

  test("without a key was made by hand", () => {
    expect(isNamedByPlumbline("plumbline-a", "volume", { Name: "plumbline-a-redis-1-data", Labels: null })).toBe(false);
  });
});
