import { describe, expect, test } from "vitest";
import { persisted } from "../../../../stack/services/redis/cluster/persisted.ts";

/** As Redis 8.0 writes it. */
const WHOLE = `6f1d87bc1a7ba550c1902556783e739ac54c70cf 192.168.160.3:18786@16379,127.0.0.1,tls-port=0,nodename=redis-1,shard-id=99074562a096bb90a6785c8dddfd8f2b35c89245 myself,master - 0 0 1 connected 0-5460 [93->-9390d847ea8afeb9a683b3b6d7362960ec831d84]
9390d847ea8afeb9a683b3b6d7362960ec831d84 192.168.160.2:18788@16379,127.0.0.1 master,fail? - 0 1796033236032 3 connected 10922-16383
88f45df4eaadb0e0fd58d61f02d588a8096f92ff :0@0,127.0.0.1 slave,noaddr 6f1d87bc1a7ba550c1902556783e739ac54c70cf 1796033242561 1796033240519 2 disconnected
vars currentEpoch 3 lastVoteEpoch 0
`;

describe("nodes.conf", () => {
  test.each([WHOLE, `${WHOLE}\u0000\u0000\u0000`, "", "\n", WHOLE.split("\n").slice(0, 1).join("\n")])(
    "must be taken as it is if Redis can read it (%#)",
    (text) => {
      expect(persisted.read(text).fault).toBeUndefined();
    },
  );

  test.each([
    WHOLE.slice(0, 90),
    WHOLE.replace("myself,", ""),
    WHOLE.replace(" - 0 0 1 connected", ""),
    "garbage\n",
    `${WHOLE}what is this\n`,
  ])("must be at fault where Redis refuses it (%#), and become an empty one", (text) => {
    expect(persisted.read(text).fault).toMatch(/^nodes\.conf is damaged/);
    expect(persisted.without(text, new Set())).toBe("");
  });
});
