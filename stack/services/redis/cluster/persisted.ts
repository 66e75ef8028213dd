/** nodes.conf: what a node keeps of its cluster. Without it, or with an empty one, it starts as a new node. Pure. */
import type { PersistedFile } from "../../../core/service/persisted.ts";

/** As Redis reads it (cluster_legacy.c, clusterLoadConfig): the node's own variables, or eight words of a node and its slots. */
const VARIABLES = /^vars(?: \S+ \S+)*\s*$/;
const NODE = /^\S+ \S+ [a-z,?]+ \S+ \d+ \d+ \d+ \S+(?: \S+)*\s*$/;

export const persisted: PersistedFile = {
  path: "/data/nodes.conf",
  statement: "the cluster",
  read: (text) => {
    const lines = text.split("\n").filter((line) => line.replaceAll("\u0000", "").trim() !== "");
    const isWhole = lines.every((line) => VARIABLES.test(line) || NODE.test(line));
    const isOwn = lines.length === 0 || lines.some((line) => / (?:[a-z?]+,)*myself(?:,[a-z?]+)* /.test(line));
    if (isWhole && isOwn) return { values: new Map() };
    return {
      values: new Map(),
      fault: "nodes.conf is damaged: the node joins anew, and gets its slots back by its keys",
    };
  },
  without: () => "",
};
