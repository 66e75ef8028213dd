import { describe, expect, test } from "vitest";
import { sourceOf } from "../../../stack/services/postgres-exporter/source.ts";
import { exporterOf } from "../../support/core/exporter.ts";

describe("where postgres_exporter finds its server", () => {
  test("must be the neighbour's address and the application's database, with the password in a file", async () => {
    const { container } = (await exporterOf("postgres-exporter", { postgres: { database: "shop" } })).instance;
    expect(container.environment).toMatchObject({
      DATA_SOURCE_URI: "postgres:5432/shop?sslmode=disable",
      DATA_SOURCE_USER: "postgres_exporter",
      DATA_SOURCE_PASS_FILE: "/run/secrets/password",
    });
    expect(container.secretFiles?.map(({ path }) => path)).toEqual(["password"]);
  });

  test("must be there", () => {
    expect(() => sourceOf({}, "watch")).toThrow("has no server to watch");
  });
});
