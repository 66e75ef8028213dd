import { describe, expect, test } from "vitest";
import { addressOf, loginFile } from "../../../stack/services/mysqld-exporter/login.ts";
import { exporterOf } from "../../support/core/exporter.ts";

describe("how mysqld_exporter logs in", () => {
  test("must be told by an option file, and where by the command line", async () => {
    const { container } = (await exporterOf("mysqld-exporter")).instance;
    expect(container.command).toEqual([
      "--config.my-cnf=/run/secrets/my.cnf",
      "--mysqld.address=mysql:3306",
      "--web.listen-address=:9104",
    ]);
    const credential = { user: "watch", password: "p-w_1", scramSha256: "", sha256: "", saltedSha256: "" };
    expect(loginFile(credential)).toEqual({ path: "my.cnf", text: "[client]\nuser=watch\npassword=p-w_1\n" });
  });

  test("must be refused without a server", () => {
    expect(() => addressOf({})).toThrow("has no server to watch");
  });
});
