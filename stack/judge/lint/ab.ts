/**
 * Apache Bench 2.3, from `support/ab.c` of httpd 2.4. `-t` is "the maximum number of seconds to spend for
 * benchmarking"; the mean time is concurrency × time / requests, so it adds nothing to the rate.
 */
import type { LoadToolFormat } from "../../core/service/load-tool-format.ts";

export const ab: LoadToolFormat = {
  name: "ab",
  defaultClients: 1,
  flags: { clients: "-c", requests: "-n", timeLimit: "-t" },
  reads: {
    clients: /^Concurrency Level:\s+([\d,]+)/m,
    seconds: /^Time taken for tests:\s+([\d.,]+)/m,
    operations: /^Complete requests:\s+([\d,]+)/m,
    rate: /^Requests per second:\s+([\d.,]+)/m,
    meanMs: /^Time per request:\s+([\d.,]+) \[ms\] \(mean\)/m,
    acrossMs: /^Time per request:\s+([\d.,]+) \[ms\] \(mean, across/m,
  },
  readsPercentiles: /^\s*(\d+)%\s+([\d.,]+)/,
  prints: [
    /^\s*$/,
    /^This is ApacheBench, |^Copyright |^Licensed to |^Benchmarking |^(?:Completed|Finished) \d+ requests$|^\.\.done$/,
    /^(?:Server (?:Software|Hostname|Port)|SSL\/TLS Protocol|Server Temp Key|TLS Server Name|Document Path):\s/,
    /^Document Length:\s+(?:\d+ bytes|Variable)$/,
    /^(?:Concurrency Level|Complete requests|Failed requests|Write errors|Non-2xx responses|Keep-Alive requests):\s+\d+$/,
    /^ {3}\(Connect: \d+, Receive: \d+, Length: \d+, Exceptions: \d+\)$/,
    /^Time taken for tests:\s+\d+\.\d{3} seconds$/,
    /^(?:Total transferred|HTML transferred|Total body sent|Total (?:POST|PUT)ed|Total of bytes \w+):\s+\d+(?: bytes)?$/,
    /^Requests per second:\s+\d+\.\d{2} \[#\/sec\] \(mean\)$/,
    /^Time per request:\s+\d+\.\d{3} \[ms\] \(mean(?:, across all concurrent requests)?\)$/,
    /^(?:Transfer rate:)?\s+\d+\.\d{2} (?:\[Kbytes\/sec\] received|kb\/s (?:sent|total))$/,
    /^Connection Times \(ms\)$|^\s+min\s+(?:mean\[\+\/-sd\] median|avg)\s+max$/,
    /^(?:Connect|Processing|Waiting|Total):\s+\d+\s+\d+(?:\s+[\d.]+\s+\d+)?\s+\d+$/,
    /^(?:ERROR|WARNING): /,
    /^Percentage of the requests served within a certain time \(ms\)$/,
    /^\s*\d{1,3}%\s+\d+(?: \(longest request\))?$/,
  ],
};
