/** The memory of the process that measures: what it takes, the servers lack. */

/** The servers need the memory of an 8 GiB machine; the process that measures them may use 4 %. */
const RSS_LIMIT_MIB = 300;
const BYTES_PER_MIB = 2 ** 20;

/**
 * The largest of the looks at this process's memory during one run. The kernel's own peak is that of the whole process:
 * reports of the run before would be counted as the load generator's.
 */
export class OwnMemory {
  #peakMib = 0;

  /** Looks, and returns the peak until now. */
  look(): number {
    this.#peakMib = Math.max(this.#peakMib, Math.round(process.memoryUsage.rss() / BYTES_PER_MIB));
    return this.#peakMib;
  }

  /** Returns what to say about this process's memory; nothing if it is small. */
  warnings(): readonly string[] {
    const peakMib = this.look();
    if (peakMib <= RSS_LIMIT_MIB) return [];
    return [`the load generator held ${peakMib} MiB of memory, over ${RSS_LIMIT_MIB}: the servers had less`];
  }
}
