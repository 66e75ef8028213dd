/** The images of the fake engine, and registries that can be up or down. */
import type { ImageStore, PullEvent, RegistryAnswer, StoredImage } from "../../../stack/core/machine/engine.ts";

import { digestInReference, repositoryOf } from "../../../stack/core/service/reference.ts";

export interface FakeImage {
  readonly labels: Readonly<Record<string, string>>;
  /** What `dpkg-query` prints in it. */
  readonly version?: string;
}

export interface FakeImages extends ImageStore {
  /** Images by tag. */
  readonly images: Map<string, FakeImage>;
  /** Tags from which a container is made. */
  readonly used: Set<string>;
  /** What the registries hold; a reference that is absent here is unknown to them. */
  readonly registry: Set<string>;
  /** Digests of the registries' tags; without one, a registry says that it has the tag and no more. */
  readonly digests: Map<string, string>;
  /** Why no registry can be reached; undefined while they can. */
  outage: string | undefined;
  /** The failures that the next pulls meet, one each. */
  readonly pullFailures: string[];
  /** The references that registries were asked for, in order. */
  readonly asked: string[];
}

export function fakeImages(): FakeImages {
  const images = new Map<string, FakeImage>();
  const store: FakeImages = {
    images,
    used: new Set(),
    registry: new Set(),
    digests: new Map(),
    outage: undefined,
    pullFailures: [],
    asked: [],
    list: async () =>
      [...images].map(([tag, { labels }]): StoredImage =>
        tag.includes("@") ? { tags: [], digests: [tag], labels } : { tags: [tag], digests: [], labels },
      ),
    tagged: async (prefix) =>
      [...images.keys()]
        .filter((tag) => tag.startsWith(prefix))
        .map((reference) => ({ reference, inUse: store.used.has(reference) })),
    ask: async (reference): Promise<RegistryAnswer> => {
      store.asked.push(reference);
      if (store.outage !== undefined) return { kind: "unreachable", reason: store.outage };
      const digest = store.digests.get(reference);
      if (!store.registry.has(reference)) return { kind: "absent", reason: "manifest unknown" };
      return { kind: "present", ...(digest === undefined ? {} : { digest }) };
    },
    pull: async (reference, event) => {
      for (const message of PULL) event(message);
      const failure = store.pullFailures.shift();
      if (failure !== undefined) throw new Error(failure);
      images.set(digestInReference(reference) ? byDigest(reference) : reference, { labels: {} });
    },
    importTar: async (_path, tag, changes) => {
      const labels = changes.flatMap((change) => {
        const found = /^LABEL ([\w.]+)=(.*)$/.exec(change);
        return found ? [[found[1] ?? "", (found[2] ?? "").replaceAll('"', "")] as const] : [];
      });
      images.set(tag, { labels: Object.fromEntries(labels) });
    },
    tag: async (reference, tag) => {
      const image = images.get(reference);
      if (!image) throw new Error(`no such image: ${reference}`);
      images.set(tag, image);
    },
    untag: async (tag) => {
      images.delete(tag);
    },
    output: async (reference) => {
      const version = images.get(reference)?.version;
      if (version === undefined) throw new Error("exit code 1: no packages found");
      return version;
    },
  };
  return store;
}

/** As an engine keeps it: "127.0.0.1:5000/postgres@sha256:…" for "127.0.0.1:5000/postgres:18.6@sha256:…". */
function byDigest(reference: string): string {
  return `${repositoryOf(reference)}@${digestInReference(reference)}`;
}

const PULL: readonly PullEvent[] = [
  { status: "Pulling from test" },
  { id: "a", status: "Downloading", progressDetail: { current: 1_048_576, total: 4_194_304 } },
  { id: "a", status: "Download complete" },
  { id: "a", status: "Pull complete" },
];
