/** Fakes of Colima for a test file, removed after each test. */
import { afterEach, expect } from "vitest";
import { FakeColima, type FakeColimaOptions } from "./fake.ts";

const fakes: FakeColima[] = [];

afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.remove();
});

export async function create(options?: FakeColimaOptions): Promise<FakeColima> {
  const fake = await FakeColima.create(options);
  fakes.push(fake);
  return fake;
}

/** With a running machine of the profile `dev`. */
export async function running(options?: FakeColimaOptions): Promise<FakeColima> {
  const fake = await create(options);
  expect(await fake.run(["start", "dev", "--disk", "10"])).toMatchObject({ code: 0 });
  return fake;
}
