import { isTest, type Problem, type Project } from './project.ts';

/** Something that may not be written, with what to write instead and why. */
export interface Ban {
  /** Names of facts.ts (`Date.now`, `any`), `console.*` for all of an owner, or module specifiers (`node:net`). */
  readonly names: readonly string[];
  readonly instead: string;
  readonly why: string;
  /** Where it holds. */
  readonly in: (path: string) => boolean;
}

const everywhere = () => true;
const ours = (path: string) => /^(sdk|src)\//.test(path);
const oursButTests = (path: string) => ours(path) && !isTest(path);
const outside =
  (...folders: readonly string[]) =>
  (path: string) =>
    ours(path) && !folders.some((folder) => path.startsWith(folder));
const inside =
  (...folders: readonly string[]) =>
  (path: string) =>
    !isTest(path) && folders.some((folder) => path.startsWith(folder));

export const BANS: readonly Ban[] = [
  {
    names: ['Date.now', 'new Date()', 'performance.now', 'performance.timeOrigin'],
    instead: "the dispatcher's timeSource",
    why: 'a whole proxy must run on virtual time',
    in: outside('src/event/'),
  },
  {
    names: ['setTimeout', 'setInterval', 'node:timers', 'node:timers/promises'],
    instead: 'dispatcher.createTimer(), createSchedulableCallback() or post()',
    why: 'virtual time and the order of callbacks are the dispatcher’s to keep; a test waits for events, it does not sleep',
    in: outside('src/event/'),
  },
  {
    names: ['setImmediate', 'queueMicrotask'],
    instead: 'dispatcher.post() or a schedulable callback',
    why: 'they run between any two callbacks, out of the order that the dispatcher keeps',
    in: (path) => oursButTests(path) && !path.startsWith('src/event/'),
  },
  {
    names: ['Math.random', 'crypto.getRandomValues', 'crypto.randomUUID', 'randomUUID', 'randomBytes'],
    instead: 'the injected Random',
    why: 'one seed must bring the same run again',
    in: (path) => outside('src/event/')(path) || (path.startsWith('test/') && !path.startsWith('test/harness/')),
  },
  {
    names: ['console.*'],
    instead: 'the injected logger (in exe: process.stdout.write)',
    why: 'log levels, formats and the log file are configured',
    in: ours,
  },
  { names: ['any'], instead: 'unknown, or the real type', why: 'it turns the checker off', in: everywhere },
  { names: ['enum'], instead: 'a union of strings', why: 'Node cannot strip it', in: everywhere },
  { names: ['namespace'], instead: 'a module', why: 'Node cannot strip it', in: everywhere },
  {
    names: ['top-level let'],
    instead: 'a field of an object that its owner makes',
    why: 'two proxies must live in one process; a test file may keep the fixture that its beforeEach makes anew',
    in: (path) => !path.endsWith('.test.ts'),
  },
  {
    names: ['top-level mutable container'],
    instead: 'a field of an object that its owner makes (a `readonly` type for a constant list)',
    why: 'an empty Map, Set or list is there to be filled, and module-level state is shared by all proxies of a process',
    in: oursButTests,
  },
  {
    names: ['top-level statement'],
    instead: 'an exported function that the composition calls',
    why: 'importing a file does no work; registration is explicit',
    in: (path) => oursButTests(path) && !/^src\/exe\/(cli|worker-process|guard-dog-process)\.ts$/.test(path),
  },
  {
    names: ['node:net', 'node:dgram'],
    instead: 'SocketEngine (addresses: src/network)',
    why: 'a second engine and simulated sockets stand behind the same interface',
    in: (path) => oursButTests(path) && !path.startsWith('src/network/engine/node/'),
  },
  {
    names: ['node:http', 'node:https', 'node:http2', 'node:tls', 'fetch'],
    instead: 'our codecs, connection pools and TLS',
    why: 'they cost several times what ours do and hide their transport',
    in: oursButTests,
  },
  { names: ['node:ffi'], instead: 'src/native', why: 'no pointer is seen above it', in: outside('src/native/') },
  {
    names: ['node:dns', 'node:dns/promises'],
    instead: 'the DnsResolver of src/network',
    why: 'answers carry TTLs, come with the hosts file, and are faked by tests',
    in: outside('src/network/'),
  },
  {
    names: ['node:worker_threads'],
    instead: 'slots (src/thread-local)',
    why: 'only snapshots cross threads',
    in: (path) => oursButTests(path) && outside('src/thread-local/', 'src/main/workers/', 'src/exe/')(path),
  },
  {
    names: ['process', 'node:process'],
    instead: 'an option that exe passes down (signals: the dispatcher)',
    why: 'two proxies must live in one process; only exe knows the process',
    in: outside('src/exe/', 'src/event/'),
  },
  {
    names: ['async', 'Promise'],
    instead: 'synchronous calls and events',
    why: 'every request and every chunk passes here',
    in: inside('src/codec/', 'src/worker/http/', 'src/worker/network/', 'src/worker/tcp/', 'src/worker/router/'),
  },
  { names: ['eval'], instead: 'a function', why: 'no text of anyone is run', in: everywhere },
  {
    names: ['test.only', '{ only: true }'],
    instead: '--test-name-pattern while you work',
    why: 'it silences every other test',
    in: everywhere,
  },
  {
    names: ['test.skip', 'test.todo', '{ skip: true }', '{ todo: true }'],
    instead: "{ skip: 'the reason' }",
    why: 'a skip without a reason is forgotten',
    in: everywhere,
  },
  {
    names: ['@ts-ignore', '@ts-nocheck', '@ts-expect-error'],
    instead: 'the real type',
    why: 'it hides whatever comes next',
    in: everywhere,
  },
];

/** Every use of what is banned. */
export function checkBans(project: Project): Problem[] {
  return project.sources.flatMap(({ path, uses, imports, comments }) => {
    const found = [...uses, ...comments, ...imports.map(({ specifier, line }) => ({ name: specifier, line }))];
    return found.flatMap(({ name, line }) =>
      BANS.filter((ban) => ban.in(path) && ban.names.some((banned) => matches(banned, name))).map((ban) => {
        const message = `${name} is banned here: use ${ban.instead}; ${ban.why}`;
        return { rule: 'ban', path, what: name, line, message };
      }),
    );
  });
}

function matches(banned: string, name: string): boolean {
  return banned.endsWith('.*') ? name.startsWith(banned.slice(0, -1)) : banned === name;
}
