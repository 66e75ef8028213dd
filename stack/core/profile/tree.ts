/**
 * Looks through a parsed YAML file once, before anything whose work grows faster than the file: keys that stand twice,
 * aliases and merge keys (`<<`), and how many values all of them expand to. Pure.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, Scalar } from "yaml";
import type { Alias, Node, Pair, YAMLMap } from "yaml";

/** A mistake, at an offset of the file's text. */
export interface TreeProblem {
  readonly offset: number;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** The meaning of the rest of the file does not depend on it. */
  readonly harmless?: true;
}

export interface TreeLook {
  readonly problems: readonly TreeProblem[];
  /** Returns what a node stands for: the node of its anchor if it is an alias, otherwise itself. */
  readonly resolved: (node: unknown) => unknown;
}

/** A profile has some hundred values in five levels. */
const MAX_VALUES = 5_000;
export const MAX_DEPTH = 64;

export function lookThrough(contents: unknown): TreeLook {
  const look = new Look();
  const values = look.valuesOf(contents, 0);
  if (values > MAX_VALUES && look.problems.every(({ harmless }) => harmless)) {
    const found = look.targets.size > 0 ? "too many aliases" : "too many values";
    const expected = `at most ${MAX_VALUES} values, with those that aliases expand to`;
    look.problems.push({ offset: 0, path: "", found, expected });
  }
  return { problems: look.problems, resolved: (node) => (isAlias(node) ? look.targets.get(node) : node) };
}

/** Returns whether the pair merges other mappings into its own: the plain key `<<`. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && (key.type === undefined || key.type === Scalar.PLAIN);
}

class Look {
  readonly problems: TreeProblem[] = [];
  readonly targets = new Map<Alias, Node>();
  /** The latest node with each anchor so far; an alias stands for the one before it. */
  readonly #anchors = new Map<string, Node>();
  /** Of anchored nodes that are complete. */
  readonly #values = new Map<Node, number>();

  /** Returns the number of values that a node expands to; infinite for a node that contains itself. */
  valuesOf(node: unknown, depth: number): number {
    if (!isNode(node)) return 0;
    if (depth > MAX_DEPTH) {
      const expected = `at most ${MAX_DEPTH} levels`;
      this.#report(node, { path: "", found: "mappings or lists that are nested too deeply", expected });
      return Number.POSITIVE_INFINITY;
    }
    if (isAlias(node)) return this.#valuesOfAlias(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const values = 1 + this.#valuesInside(node, depth + 1);
    if (node.anchor !== undefined) this.#values.set(node, values);
    return values;
  }

  #valuesInside(node: Node, depth: number): number {
    let values = 0;
    if (isSeq(node)) for (const item of node.items) values += this.valuesOf(item, depth);
    if (!isMap(node)) return values;
    this.#findDuplicates(node);
    for (const pair of node.items) {
      values += this.valuesOf(pair.key, depth) + this.valuesOf(pair.value, depth);
      if (isMerge(pair)) this.#checkMerge(pair);
    }
    return values;
  }

  #valuesOfAlias(alias: Alias): number {
    const target = this.#anchors.get(alias.source);
    const values = target && this.#values.get(target);
    if (target === undefined) {
      const expected = `an anchor &${alias.source} before it`;
      this.#report(alias, { path: "", found: `the alias *${alias.source}`, expected });
      return 1;
    }
    if (values === undefined) {
      const found = `the alias *${alias.source} inside of what it stands for`;
      this.#report(alias, { path: "", found, expected: "an alias behind the end of its anchor's value" });
      return Number.POSITIVE_INFINITY;
    }
    this.targets.set(alias, target);
    return values;
  }

  #findDuplicates({ items }: YAMLMap): void {
    const seen = new Set<unknown>();
    for (const { key } of items) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) {
        const found = "the key a second time";
        const expected = "each key once in its mapping";
        this.#report(key, { path: String(key.value), found, expected, harmless: true });
      }
      seen.add(key.value);
    }
  }

  #checkMerge({ value }: Pair): void {
    const resolved = (node: unknown) => (isAlias(node) ? (this.targets.get(node) ?? node) : node);
    const target = resolved(value);
    const sources = (isSeq(target) ? target.items : [target]).map(resolved);
    if (sources.every((source) => isMap(source) || isAlias(source))) return; // an alias of nothing is reported already
    const expected = "a mapping, or a list of mappings, whose keys are taken over";
    this.#report(value, { path: "", found: "something else to merge by <<", expected });
  }

  #report(node: unknown, problem: Omit<TreeProblem, "offset">): void {
    this.problems.push({ offset: isNode(node) ? (node.range?.[0] ?? 0) : 0, ...problem });
  }
}

/** Finds a key of a mapping by its name, also one that a merge key brings. */
export class KeyIndex {
  readonly #resolved: TreeLook["resolved"];
  readonly #pairs = new WeakMap<object, ReadonlyMap<string, Pair>>();

  constructor(resolved: TreeLook["resolved"]) {
    this.#resolved = resolved;
  }

  /** Returns the pair whose value counts; undefined if the mapping has no such key. */
  find(map: YAMLMap, name: string): Pair | undefined {
    const own = this.#pairsOf(map).get(name);
    if (own !== undefined) return own;
    const merge = this.#pairsOf(map).get("<<");
    if (merge === undefined || !isMerge(merge)) return undefined;
    const merged = this.#resolved(merge.value);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const mapping = this.#resolved(source);
      const found = isMap(mapping) ? this.find(mapping, name) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The last of several with one name, as its value counts. */
  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const pairs = new Map(
      map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [])),
    );
    this.#pairs.set(map, pairs);
    return pairs;
  }
}
