/** The volume of a node. */

export const DATA_FOLDER = "/data";

/** The file that names the form of the data that was served last: see `start.ts`. */
export const MARK_FILE = ".plumbline-persistence";
