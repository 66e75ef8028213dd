import { test } from "vitest";
import { rabbitmq } from "/work/main/stack/services/rabbitmq/index.ts";
import { mib } from "/work/main/stack/core/units.ts";
import { eventually, openLab } from "/work/main/tests/support/live/server.ts";
test("t", async () => {
  const service = rabbitmq.configure({});
  const lab = await openLab([service]);
  const t0 = performance.now(); const at = (s: string) => process.stderr.write(`${s} ${Math.round(performance.now() - t0)}\n`);
  try {
    const up = await lab.up(service, { share: { memory: mib(512), cpus: 2 } }); at("up");
    const s = up.servers[0]!;
    const bench = up.live.bench([s.target]); await bench.setup(); at("setup");
    const names2 = ["rabbitmq/publish-1k-durable", "rabbitmq/get-ack", "rabbitmq/consume-single-acks"];
    const runs = await Promise.all(bench.scenarios.filter(({ name }) => names2.includes(name)).map((sc) => sc.open(1)));
    at("opened");
    const outcomes = Promise.all(runs.map(async (run, i) => { try { for (;;) await run.operation(0); } catch (e) { at(`run ${i} ${String(e)}`); } }));
    at("kill"); await s.container.kill(); at("killed"); await outcomes; at("outcomes");
    await Promise.all(runs.map((run) => run.close())); at("closed");
    await up.live.connect(s.target).catch((e) => at(String(e)));
    await s.start(); at("started");
    await eventually(() => up.live.ready([s.target]).catch((e) => { throw e; })); at("ready"); 
    const { user, password } = s.target.credentials("rabbitmq", "admin");
    for (let i = 0; i < 16; i++) { const r = await fetch(`http://127.0.0.1:${s.target.port("management")}/api/queues/plumbline_bench/bench.quorum?columns=name,state,leader,online,messages,type`, { headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` } }); at(`${r.status} ${await r.text()}`); await new Promise((ok) => setTimeout(ok, 700)); }
    await eventually(() => bench.teardown()); at("teardown");
    process.stderr.write(await s.logs(400));
  } finally { await lab.close(); at("lab closed"); }
}, 200000);
