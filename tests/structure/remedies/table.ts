/** Every remedy that names a destructive act, with the test that follows it to its end. */

interface Act {
  readonly path: string;
  /** The beginning of its text, enough to tell it from others of the file. */
  readonly text: string;
}

/** A test of this file, of this name, does what the remedy says and finds what it promises. */
interface Followed extends Act {
  readonly test: string;
  readonly name: string;
}

/** It has the word and destroys nothing, or what it removes is written again. */
interface Harmless extends Act {
  readonly harmless: string;
}

/** Nothing follows it yet. */
interface Open extends Act {
  readonly open: string;
}

export type Entry = Followed | Harmless | Open;

const DESTROY_SERVICE = {
  test: "tests/commands/destroy.test.ts",
  name: "destroy %s removes its data, and nobody else's",
};
const DESTROY_MACHINE = {
  test: "tests/runtimes/colima/remains.test.ts",
  name: "is its data disk, after it was deleted by hand: it is seen, announced, and removed on demand",
};
const DELETE_BASELINE = {
  test: "tests/judge/baseline.test.ts",
  name: "that cannot be read are recorded again once they are deleted, as the refusal says",
};
const DOCTOR_FIX = { test: "tests/commands/doctor/faults.test.ts", name: "$moment: $fault ($check)" };

export const TABLE: readonly Entry[] = [
  { path: "scripts/lib/baseline.ts", text: "recorded Delete the recorded baseline", ...DELETE_BASELINE },
  {
    path: "scripts/lib/ending/signals.ts",
    text: "Run the command again; it continues",
    harmless: "what the ended run left half written belongs to nobody",
  },
  { path: "scripts/lib/verdict.ts", text: "Delete the baseline", ...DELETE_BASELINE },
  { path: "stack/commands/baseline.ts", text: "See all with", ...DELETE_BASELINE },
  {
    path: "stack/commands/destroy.ts",
    text: "Start the machine with",
    test: "tests/scripts/colima.test.ts",
    name: "is data where it was deleted by hand: destroy names its disk, and asks for --machine",
  },
  { path: "stack/commands/destroy.ts", text: "Nothing was removed", harmless: "it says what was not done" },
  { path: "stack/commands/doctor/leftovers.ts", text: "The next command takes it over", ...DOCTOR_FIX },
  {
    path: "stack/commands/doctor/leftovers.ts",
    text: "Remove it: only ordinary files",
    test: "tests/commands/doctor/leftovers.test.ts",
    name: "a link or a named pipe among the passwords is well once it is removed, as the finding says",
  },
  { path: "stack/commands/doctor/leftovers.ts", text: "They do no harm", ...DOCTOR_FIX },
  {
    path: "stack/commands/doctor/leftovers.ts",
    text: "`npm run up` removes it; its volumes stay",
    test: "tests/converge/execute-converges.test.ts",
    name: "carrying out a plan must leave nothing to do, keep every limit and order, and lose no edited file",
  },
  { path: "stack/commands/doctor/leftovers.ts", text: "docker rm", ...DOCTOR_FIX },
  {
    path: "stack/commands/doctor/observed.ts",
    text: "Use another name here",
    harmless: "the commands are named as those that ask first",
  },
  {
    path: "stack/commands/doctor/observed.ts",
    text: "It is left alone; remove it",
    open: "needs a stack whose own conf file is removed and written anew by `up`",
  },
  {
    path: "stack/commands/env.ts",
    text: "Restore it from a copy",
    open: "the whole stack: live, after its secrets are lost",
  },
  {
    path: "stack/commands/request/foreign.ts",
    text: "`npm run destroy",
    test: "tests/commands/request/foreign.test.ts",
    name: "must be accepted once their data are given up by the command that the refusal names",
  },
  {
    path: "stack/commands/request/foreign.ts",
    text: "`docker volume rm",
    test: "tests/commands/request/foreign.test.ts",
    name: "must be refused too if a person has restored them, until they are removed as the refusal says",
  },
  {
    path: "stack/commands/volumes/versions.ts",
    text: "docker run --rm --user 0",
    test: "tests/live/official/source-of-data.test.ts",
    name: "of a Redis cluster goes to the registry's image by the commands that the refusal names",
  },
  { path: "stack/converge/execution/wait.ts", text: "npm run destroy", ...DESTROY_SERVICE },
  {
    path: "stack/converge/exited.ts",
    text: "Correct or remove what the profile gives",
    harmless: "a setting of the profile",
  },
  { path: "stack/converge/execution/wait.ts", text: "Let it be made anew", ...DESTROY_SERVICE },
  {
    path: "stack/converge/elsewhere.ts",
    text: "Remove that file and run",
    harmless: "the file is a copy of what Plumbline writes, with a person's own lines",
  },
  {
    path: "stack/converge/persisted.ts",
    text: "Remove the settings from",
    open: "needs a server that refuses to reset its settings",
  },
  {
    path: "stack/commands/doctor/images.ts",
    text: "Remove the old images with --fix",
    test: "tests/commands/doctor/images.test.ts",
    name: "where the mirror has a login, old images are told of that may hold it, until --fix has removed them",
  },
  {
    path: "stack/images/lock.ts",
    text: "Restore it from the repository",
    test: "tests/images/lock.test.ts",
    name: "a file that cannot be read is made anew by the next digest once it is removed, as the refusal says",
  },
  {
    path: "stack/records/certificates/store.ts",
    text: "Set the clock of this computer",
    test: "tests/records/certificates/store.test.ts",
    name: "an authority of a wrong clock must be made anew once its two files are removed, as the refusal says",
  },
  { path: "stack/records/files.ts", text: "Restore the file, or delete it", ...DELETE_BASELINE },
  {
    path: "stack/records/secrets.ts",
    text: "Run the command as the user who owns it",
    test: "tests/records/secrets.test.ts",
    name: "must be generated once what has its place is removed, as the refusal says",
  },
  { path: "stack/runtimes/colima/diagnose.ts", text: "… To be rid of it", ...DESTROY_MACHINE },
  {
    path: "stack/runtimes/colima/records.ts",
    text: "Put the value back in",
    open: "needs a machine that is refused, deleted and made again",
  },
  {
    path: "stack/runtimes/colima/stop.ts",
    text: "Remove the rest",
    open: "needs a deletion by Colima that leaves something",
  },
  { path: "stack/services/mysql/index.ts", text: "Use the image that wrote it", ...DESTROY_SERVICE },
  { path: "stack/services/mysql/index.ts", text: "If it holds nothing of yours", ...DESTROY_SERVICE },
  {
    path: "stack/services/mysql/index.ts",
    text: "Dump with the old server",
    open: "needs MySQL: a dump, a new volume, and the data in it",
  },
  {
    path: "stack/services/postgres/index.ts",
    text: "Dump with the old server",
    open: "needs PostgreSQL: a dump, a new volume, and the data in it",
  },
  { path: "stack/services/postgres/index.ts", text: "restore it from a snapshot", ...DESTROY_SERVICE },
  {
    path: "stack/services/postgres/live.ts",
    text: "Remove what shadows the conf file",
    test: "tests/live/up/persisted.test.ts",
    name: "and a restart made effective is reset by the server, which is then restarted once",
  },
  { path: "stack/services/rabbitmq/index.ts", text: "Empty the queues", ...DESTROY_SERVICE },
  { path: "stack/services/rabbitmq/index.ts", text: "Start it once with the version between", ...DESTROY_SERVICE },
  { path: "stack/services/rabbitmq/index.ts", text: "If it holds nothing of yours", ...DESTROY_SERVICE },
  { path: "stack/services/redis/cluster/formation.ts", text: "Set services.redis.nodes", ...DESTROY_SERVICE },
  { path: "stack/services/redis/cluster/formation.ts", text: "Bring back the volume", ...DESTROY_SERVICE },
  { path: "stack/services/redis/index.ts", text: "Copy the keys with a client", ...DESTROY_SERVICE },
  { path: "stack/services/redis/index.ts", text: "Use the newer image again", ...DESTROY_SERVICE },
  { path: "stack/services/redis/index.ts", text: "Repair it with redis-check-aof", ...DESTROY_SERVICE },
  {
    path: "stack/services/redis/persistence/fit.ts",
    text: "Remove keys, choose a policy",
    open: "needs a Redis whose keys are removed before maxmemory is lowered again",
  },
  {
    path: "stack/services/redis/persistence/fit.ts",
    text: "Remove keys, or keep a larger share",
    open: "needs a Redis whose keys are removed before its limit is lowered again",
  },
];
