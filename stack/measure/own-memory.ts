/** The memory of the process that measures: what it takes, the servers lack. */

/** The servers need the memory of an 8 GiB machine; the process that measures them may use 4 %. */
const RSS_LIMIT_MIB = 300;
const KIB_PER_MIB = 1024;

/** Peak of the whole process since its start; the kernel reports KiB. */
export function peakRssMib(): number {
  return Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB);
}

/** Returns what to say about this process's memory; nothing if it is small. */
export function memoryWarnings(): readonly string[] {
  const peakMib = peakRssMib();
  if (peakMib <= RSS_LIMIT_MIB) return [];
  return [`the load generator held ${peakMib} MiB of memory, over ${RSS_LIMIT_MIB}: the servers had less`];
}
