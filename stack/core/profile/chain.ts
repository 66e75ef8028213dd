/** Finds the files that a profile consists of. */
import { readDocument } from "./document.ts";
import type { ProfileDocument, ProfileSource } from "./document.ts";
import { nearest } from "./nearest.ts";
import type { ProfileProblem } from "./problem.ts";

export interface ProfileSources {
  readonly wanted: ProfileSource;
  /** The project's profiles, which `extends` can name. */
  readonly library: readonly ProfileSource[];
}

export interface ProfileChain {
  /** The wanted profile, its parent, its parent's parent. */
  readonly documents: readonly ProfileDocument[];
  /** False if a parent is missing, so that the whole cannot be checked. */
  readonly complete: boolean;
  readonly problems: readonly ProfileProblem[];
}

/** Follows `extends` up to the last parent. */
export function resolveChain({ wanted, library }: ProfileSources): ProfileChain {
  const documents = [readDocument(wanted)];
  let child = documents[0];
  while (child !== undefined) {
    const parentName = parentOf(child.data);
    if (parentName === undefined) return { documents, complete: !hasExtends(child.data), problems: [] };
    const parent = library.find(({ name }) => name === parentName);
    const circle = documents.some(({ source }) => source.file === parent?.file);
    if (parent === undefined || circle) {
      const problem =
        parent === undefined ? unknownParent(child, parentName, library) : circular(child, parentName, documents);
      return { documents, complete: false, problems: [problem] };
    }
    child = readDocument(parent);
    documents.push(child);
  }
  return { documents, complete: true, problems: [] };
}

/** Returns undefined if the parent is not a string; the schema reports that. */
function parentOf(data: unknown): string | undefined {
  if (!hasExtends(data)) return undefined;
  return typeof data.extends === "string" && data.extends !== "" ? data.extends : undefined;
}

function hasExtends(data: unknown): data is { readonly extends: unknown } {
  return typeof data === "object" && data !== null && "extends" in data;
}

function unknownParent(child: ProfileDocument, parent: string, library: readonly ProfileSource[]): ProfileProblem {
  const names = library.map(({ name }) => name).filter((name) => name !== child.source.name);
  const stem = parent.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/, ""); // a path, where a name is wanted
  const suggestion = nearest(stem, names);
  return {
    ...placeOfExtends(child),
    path: "extends",
    found: `${JSON.stringify(parent)}, which is no profile`,
    expected: `the name of a profile: ${names.join(", ")}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function circular(child: ProfileDocument, parent: string, documents: readonly ProfileDocument[]): ProfileProblem {
  const names = documents.map(({ source }) => source.name);
  const circle = [...names.slice(names.indexOf(parent)), parent].join(" -> ");
  return {
    ...placeOfExtends(child),
    path: "extends",
    found: `a circle: ${circle}`,
    expected: "a parent that does not extend this profile",
  };
}

function placeOfExtends(child: ProfileDocument) {
  return child.position(["extends"], "value") ?? { file: child.source.file, line: 1, column: 1 };
}
