/** Checks the registries that missing images would come from, before anything is pulled. */
import { allowedSources, type ImagePolicy } from "../../core/service/image.ts";
import { pinned, registryOf, registryReference } from "../../core/service/reference.ts";
import type { RegistryAnswer } from "../../core/machine/engine.ts";
import { registryCredentials } from "../../host/registry-credentials.ts";
import { registryPlaceOf } from "../../images/obtain.ts";
import { openLock } from "../../images/lock.ts";
import { otherDigest, registryProbe } from "../../images/registry.ts";
import { sizeWanted } from "../request/desired.ts";
import type { FoundEngine } from "../request/discovery.ts";
import { imagesInEngine } from "../request/image-sources.ts";
import type { Wanted } from "../request/request.ts";
import { ok, problem, warning, type Finding } from "./check.ts";

/** Asks each registry for one image, which also tells a refused login; a registry has a few seconds to answer. */
export async function checkRegistries(
  wanted: Wanted,
  { engine, state }: FoundEngine,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { profile, host } = wanted;
  const policy = profile.images;
  const { sized } = sizeWanted(wanted, state.facts, { purpose: "look" });
  const present = await imagesInEngine(sized, { engine, policy, host, stack: wanted.stack, editions: "locked" });
  const place = registryPlaceOf(host);
  const lock = await openLock(host.env);
  const references = new Map<string, string>();
  for (const { definition } of sized) {
    if (present.has(definition.name)) continue;
    for (const source of allowedSources(definition.image, policy)) {
      if (source.kind !== "registry") continue;
      // What `up` pulls.
      const { reference } = registryReference(pinned(source.reference, lock.digestOf(source.reference)), place);
      if (!references.has(registryOf(reference))) references.set(registryOf(reference), reference);
      break;
    }
  }
  if (references.size === 0) return [ok("registry", "none is needed: what is missing is built, and the rest is there")];
  const [ask, credentialsOf] = [registryProbe(engine.images), registryCredentials(host)];
  const found = [...references].map(async ([registry, reference]) => {
    const answer = await ask(reference, signal);
    const other = answer.kind === "absent" ? await otherDigest(ask, reference, signal) : undefined;
    const { problem: login } = await credentialsOf(registry);
    const name = registry === "" ? "the engine's registry" : registry;
    const unread = login === undefined ? [] : [warning("registry login", `${name}: ${login}`, LOGIN_FIX)];
    return [other === undefined ? answered(name, reference, answer, policy) : moved(name, other, policy), ...unread];
  });
  return (await Promise.all(found)).flat();
}

const LOGIN_FIX = "Install that helper, or log in again: `docker login <registry>`.";

function moved(name: string, other: string, policy: ImagePolicy): Finding {
  const bad = policy === "registry" ? problem : warning;
  const remedy = "`npm run images -- update` notes the digests of today, or name a mirror that has this one.";
  return bad("registry", `${name} does not have the digest of the lock file: ${other}`, remedy);
}

function answered(name: string, reference: string, answer: RegistryAnswer, policy: ImagePolicy): Finding {
  const check = "registry";
  const bad = policy === "registry" ? problem : warning;
  const instead =
    policy === "registry" ? "" : " Until then images are built from Debian's packages where that is possible.";
  switch (answer.kind) {
    case "present":
      return ok(check, `${name} has ${reference}`);
    case "absent":
      return bad(check, `${name} does not have ${reference}: ${answer.reason}`, `Name another mirror.${instead}`);
    case "refused": {
      const remedy = `Log in: \`docker login ${name === registryOf(reference) ? name : ""}\`, or name a mirror.`;
      return bad(check, `${name} refuses ${reference}: ${answer.reason}`, `${remedy.replace(" `,", "`,")}${instead}`);
    }
    case "unreachable": {
      const remedy = "Name a mirror that this network reaches: PLUMBLINE_REGISTRY_MIRRORS, or a proxy of the engine.";
      return bad(check, `${name} cannot be reached: ${answer.reason}`, `${remedy}${instead}`);
    }
  }
}
