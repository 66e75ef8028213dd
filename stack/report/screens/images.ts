/** The images of a stack as a document and as text. */
import type { ImageRow, Images } from "../../core/results/commands/images.ts";
import { editionText } from "../../core/edition.ts";
import { printableIn } from "../../core/printable.ts";
import type { ImagesDocument } from "../documents/documents.ts";
import { table } from "../text/table.ts";

const DIGEST_SHOWN = "sha256:".length + 12;

export function imagesDocumentOf(images: Images): ImagesDocument {
  return { ok: true, command: "images", ...images };
}

/** One row per service; what is behind, and what could not be asked, stands below. */
export function imagesText(given: Images): string {
  const { images, updated, updatedEditions = [], lockFile } = printableIn(given);
  const rows = images.map((image) => [
    image.service,
    image.standIn === undefined ? image.source : `${image.source} (${image.standIn})`,
    image.version ?? "–",
    image.digest === undefined ? "–" : image.digest.slice(0, DIGEST_SHOWN),
    placeOf(image),
  ]);
  const lines = [table([["service", "source", "version", "locked digest", "image"], ...rows])];
  const changes = updated.map(({ tag, from, to }) => `${tag}: ${from ?? "no digest"} → ${to}`);
  if (changes.length > 0) lines.push("", `Noted in ${lockFile}; \`npm run up\` pulls them:`, ...changes);
  const editions = updatedEditions.map(editionText);
  if (editions.length > 0) {
    lines.push("", `Noted in ${lockFile}; \`npm run up\` builds from the packages of that day or later:`, ...editions);
  }
  const behind = images.flatMap(({ service, behind: texts }) => texts.map((text) => `${service}: ${text}`));
  lines.push("", ...(behind.length === 0 ? [nothingBehind(images)] : ["Behind:", ...behind]));
  const unknown = images.flatMap(({ service, unknown: reason }) =>
    reason === undefined ? [] : [`${service}: ${reason}`],
  );
  if (unknown.length > 0) lines.push("", "Could not be asked:", ...unknown);
  return lines.join("\n");
}

/** A mirror's index may be of a day before the edition: the mirror is late, or the suite had no news since. */
function placeOf({ reference, builtOn, indexDate, edition }: ImageRow): string {
  if (reference === undefined) return "not in the engine";
  if (builtOn === undefined) return "in the engine";
  const isBefore = indexDate !== undefined && edition !== undefined && indexDate < edition;
  return `packages of ${builtOn}${isBefore ? `, index of ${indexDate}, before the edition ${edition}` : ""}`;
}

function nothingBehind(images: readonly ImageRow[]): string {
  return images.some(({ unknown }) => unknown !== undefined) ? "Nothing is known to be behind." : "Nothing is behind.";
}
