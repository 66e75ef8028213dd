/** `npm run images`: lists where images come from and what is behind, or renews the digests and editions of the lock file. */
import { Argument } from "commander";
import { z } from "zod";
import { stackImages } from "../stack/commands/images/index.ts";
import { imagesDocumentOf, imagesText } from "../stack/report/screens/images.ts";
import { runCommandLine } from "./lib/command.ts";
import { parseWith } from "./lib/flags.ts";
import { caBundleOf } from "./lib/up.ts";

const parse = parseWith(
  z.object({ images: z.enum(["auto", "registry", "debian"]).optional(), ca: z.string().optional() }),
);

await runCommandLine({
  name: "images",
  summary:
    "List the images: source, version, digest, and what is behind; update: note the digests that the tags have now, and today as the edition of Debian.",
  flags: (command) =>
    command
      .addArgument(new Argument("[action]", "what to do").choices(["list", "update"]).default("list"))
      .argument("[service...]", "update: whose digests and editions; default: those of all services of the profile")
      .option("--images <source>", "registry, debian or auto: as of `up`")
      .option("--ca <file>", "CA certificates for https mirrors"),
  parse,
  run: async ({ options, flags, args, report, signal }) => {
    const [action = "list", ...services] = args;
    const ca = caBundleOf(flags);
    const result = await stackImages(
      {
        ...options,
        ...(flags.images === undefined ? {} : { images: flags.images }),
        ...(ca ? { caBundle: ca } : {}),
        ...(action === "update" ? { update: services } : {}),
      },
      { report, signal },
    );
    return { document: imagesDocumentOf(result), text: imagesText(result) };
  },
});
