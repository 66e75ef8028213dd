/** Fakes of Colima, removed after the test that makes them. */
import { expect, onTestFinished } from "vitest";
import { FakeColima, type FakeColimaOptions } from "./fake.ts";

export async function create(options?: FakeColimaOptions): Promise<FakeColima> {
  const fake = await FakeColima.create(options);
  onTestFinished(() => fake.remove());
  return fake;
}

/** With a running machine of the profile `dev`. */
export async function running(options?: FakeColimaOptions): Promise<FakeColima> {
  const fake = await create(options);
  expect(await fake.run(["start", "dev", "--disk", "10"])).toMatchObject({ code: 0 });
  return fake;
}
