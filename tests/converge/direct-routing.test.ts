import { expect, test } from "vitest";
import {
  forgetRules,
  keepOut,
  lookAtRouting,
  renewRules,
  routingNotes,
  type Place,
} from "../../stack/converge/direct-routing.ts";

const done = (stdout = "") => ({ ok: true, stdout, stderr: "" });

/** A machine with bridges and a chain of rules, as iptables prints them. */
class Machine {
  readonly rules: string[] = ["-A DOCKER-USER -j RETURN"];
  bridges: readonly string[] = ["br-1", "br-2"];
  /** Interfaces that are there: those of an engine in a virtual machine are not. */
  interfaces: readonly string[] = ["br-1", "br-2", "br-3"];
  hasChain = true;
  answers = true;
  version = "20.10.24";

  place(stack = "shop", { isRoot = true } = {}): Place {
    return {
      stack,
      facts: { engineVersion: this.version },
      engine: { bridges: async () => this.bridges },
      runtime: { machineShell: { isRoot, run: async (argv) => this.run(argv) } },
    };
  }

  private run(argv: readonly string[]) {
    const [program = "", , action = "", , ...rule] = argv;
    if (program === "ls") return this.answers ? done(this.interfaces.join("\n")) : { ...done(), ok: false };
    if (!this.hasChain) return { ok: false, stdout: "", stderr: "iptables: No chain/target/match by that name.\n" };
    const line = `-A DOCKER-USER ${rule.join(" ")}`;
    if (action === "-S") return done(["-N DOCKER-USER", ...this.rules].join("\n"));
    if (action === "-I") this.rules.unshift(line);
    if (action === "-D") {
      expect(this.rules).toContain(line);
      this.rules.splice(this.rules.indexOf(line), 1);
    }
    return done();
  }
}

const ruleFor = (bridge: string, stack = "shop") =>
  `-A DOCKER-USER ! -i ${bridge} -o ${bridge} -m conntrack ! --ctstate RELATED,ESTABLISHED ` +
  `-m comment --comment plumbline:${stack} -j DROP`;

test("every bridge without a rule must be told, and get one in front of the others; doing it again changes nothing", async () => {
  const machine = new Machine();
  const place = machine.place();
  expect(routingNotes(await lookAtRouting(place))).toEqual([
    expect.stringMatching(/routes to br-1, br-2, and no rule keeps it out: `npm run doctor -- --fix` adds one/),
  ]);
  await keepOut(place);
  await keepOut(place);
  expect(machine.rules.toSorted()).toEqual([ruleFor("br-1"), ruleFor("br-2"), "-A DOCKER-USER -j RETURN"].toSorted());
  expect(machine.rules.at(-1)).toBe("-A DOCKER-USER -j RETURN");
  expect(routingNotes(await lookAtRouting(place))).toEqual([]);
});

test("nothing must be changed by a look, nor by a start of a stack whose rules nobody added", async () => {
  const machine = new Machine();
  await lookAtRouting(machine.place());
  expect(await renewRules(machine.place())).toMatchObject({ kind: "open" });
  expect(machine.rules).toEqual(["-A DOCKER-USER -j RETURN"]);
});

test("rules that were added once must follow networks that are made anew", async () => {
  const machine = new Machine();
  await keepOut(machine.place());
  machine.bridges = ["br-3"];
  expect(await renewRules(machine.place())).toMatchObject({ kind: "kept out" });
  expect(machine.rules).toEqual([ruleFor("br-3"), "-A DOCKER-USER -j RETURN"]);
});

test("the rules of other stacks, also of one whose name begins alike, must be left alone", async () => {
  const machine = new Machine();
  await keepOut(machine.place("shop-b"));
  expect(await lookAtRouting(machine.place("shop"))).toMatchObject({ kind: "open", bridges: ["br-1", "br-2"] });
  await keepOut(machine.place("shop"));
  await forgetRules(machine.place("shop"));
  expect(machine.rules).toEqual([ruleFor("br-2", "shop-b"), ruleFor("br-1", "shop-b"), "-A DOCKER-USER -j RETURN"]);
});

test.each([
  ["refuses such packets itself", (machine: Machine) => (machine.version = "28.0.1")],
  ["has its bridges in a virtual machine", (machine: Machine) => (machine.interfaces = [])],
  ["has no network of the stack", (machine: Machine) => (machine.bridges = [])],
])("nothing is to be said where the engine %s", async (_, set) => {
  const machine = new Machine();
  set(machine);
  expect(await lookAtRouting(machine.place())).toEqual({ kind: "refused" });
});

test("what cannot be looked at must be told as unknown, with the reason, and not be changed", async () => {
  const machine = new Machine();
  expect(routingNotes(await lookAtRouting(machine.place("shop", { isRoot: false })))).toEqual([
    expect.stringContaining("unless a rule of the firewall keeps it out (only root can list the rules)"),
  ]);
  machine.hasChain = false;
  expect(routingNotes(await lookAtRouting(machine.place()))[0]).toContain("No chain/target/match by that name");
  await expect(keepOut(machine.place())).rejects.toMatchObject({ code: "ENGINE_REFUSED" });
});

test("a machine that cannot be asked for its interfaces must leave it unknown", async () => {
  const machine = new Machine();
  machine.answers = false;
  expect(await lookAtRouting(machine.place())).toMatchObject({ kind: "unknown", why: "its machine does not answer" });
});
