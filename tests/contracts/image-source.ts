/** What every kind of image source promises: obtained once, then present, under a name that says what went into it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageOutcome, ImageSource, ObtainedImage } from "../../stack/core/service/image.ts";

export interface SourceSubject {
  readonly name: string;
  readonly source: ImageSource;
  /** The version of the software inside. */
  readonly version: string;
  /** The same source with other inputs: each gives another image. */
  readonly others: readonly ImageSource[];
  /** The same inputs in other words: the same image. */
  readonly same?: readonly ImageSource[];
}

/** An engine, and what images are obtained from. */
export interface ImageWorld {
  obtain(source: ImageSource): Promise<ImageOutcome>;
  present(source: ImageSource): Promise<ObtainedImage | undefined>;
  /** What was asked of networks and builders so far: each question, pull and build. */
  work(): readonly string[];
  /** From now on nothing can be pulled or built, for this reason. */
  breakDown(reason: string): void;
  /** Changes a file that goes into the image. */
  edit(source: ImageSource): Promise<void>;
  remove(): Promise<void>;
}

export function imageSourceContract(subject: SourceSubject, make: () => Promise<ImageWorld>): void {
  const { source } = subject;

  describe(`image source ${subject.name}`, () => {
    let world: ImageWorld;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.remove());

    const obtain = async (wanted = source): Promise<ObtainedImage> => {
      const outcome = await world.obtain(wanted);
      if (!outcome.ok) throw new Error(`${outcome.reason}. ${outcome.fix}`);
      return outcome.image;
    };

    test("is not present before, and present once it was obtained", async () => {
      expect(await world.present(source)).toBeUndefined();
      const image = await obtain();
      expect(await world.present(source)).toEqual(image);
      expect(image.source).toBe(source.kind === "registry" ? "registry" : "debian");
    });

    test("is pulled or built once: the second time nobody is asked", async () => {
      const first = await obtain();
      const done = world.work();
      expect(done).not.toEqual([]);
      expect(await obtain()).toEqual(first);
      expect(world.work()).toEqual(done);
    });

    test("tells the version of what is inside", async () => {
      expect((await obtain()).version).toBe(subject.version);
    });

    test("has another name for other inputs, and the same for the same", async () => {
      const { reference } = await obtain();
      const others: string[] = [];
      for (const other of subject.others) {
        expect(await world.present(other)).toBeUndefined();
        others.push((await obtain(other)).reference);
      }
      expect(new Set([reference, ...others]).size).toBe(1 + subject.others.length);
      for (const same of subject.same ?? []) expect((await obtain(same)).reference).toBe(reference);
    });

    test.skipIf(source.kind === "registry")("is built anew when a file that goes into it is another", async () => {
      const { reference } = await obtain();
      await world.edit(source);
      expect(await world.present(source)).toBeUndefined();
      expect((await obtain()).reference).not.toBe(reference);
    });

    test("says why it cannot be had and how to fix that, and leaves nothing behind", async () => {
      world.breakDown("the cable was cut");
      const outcome = await world.obtain(source);
      if (outcome.ok) throw new Error("it was obtained");
      expect(outcome.reason).toContain("the cable was cut");
      expect(outcome.fix).toMatch(/\w+ \w+/);
      expect(await world.present(source)).toBeUndefined();
    });

    test("says which program stands in, when it is obtained and when it is present", async () => {
      const standIn = { ...source, standIn: "Other" };
      const image = await obtain(standIn);
      expect(image).toMatchObject({ standIn: "Other", version: subject.version });
      expect(image.notes.filter((note) => note.includes("Other stands in"))).toHaveLength(1);
      expect(await world.present(standIn)).toEqual(image);
      expect((await obtain()).standIn).toBeUndefined();
    });
  });
}
