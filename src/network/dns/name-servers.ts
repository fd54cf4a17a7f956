import type { Random, TimeSource } from '../../../sdk/event.ts';
import type { RecordsAnswer } from './records.ts';

export interface Question {
  readonly name: string;
  readonly version: 4 | 6;
}

/** Asks one server once; silence is `ETIMEOUT`. `server` is an address as c-ares writes it, with or without a port. */
export type AskServer = (
  server: string,
  question: Question,
  timeoutMs: number,
  callback: (answer: RecordsAnswer) => void,
) => void;

export interface NameServersParts {
  readonly ask: AskServer;
  /** For a server's first try; the next ones wait up to twice as long each. */
  readonly timeoutMs: number;
  /** Of each server. */
  readonly tries: number;
  /** Any of them, whatever is known of it. */
  readonly rotate: boolean;
  readonly random: Random;
  readonly timeSource: TimeSource;
}

/** Envoy's `query_timeout_seconds` and `query_tries`. */
export const DEFAULT_TIMEOUT_MS = 5000;
export const DEFAULT_TRIES = 4;

const longestTimeoutMs = 2 ** 31 - 1;

/** c-ares's: one query in so many looks whether a server that failed so long ago is there again. */
const probeChance = 10;
const probeAfterMs = 5000;

/** What another server, or the same one later, may answer better. */
const worthAnotherTry: ReadonlySet<string> = new Set(['ESERVFAIL', 'ENOTIMP', 'EREFUSED', 'ECONNREFUSED', 'ETIMEOUT']);

interface Server {
  readonly address: string;
  /** Since its last answer. */
  failures: number;
  failedAtMs: number;
  probed: boolean;
}

interface Query {
  readonly question: Question;
  readonly callback: (answer: RecordsAnswer) => void;
  attempts: number;
  timeouts: number;
}

/** Name servers that are asked in turn as c-ares does: first the one that failed least, each a number of times. */
export class NameServers {
  readonly addresses: readonly string[];
  readonly #servers: readonly Server[];
  readonly #parts: NameServersParts;
  readonly #timeouts: number[] = [];

  constructor(addresses: readonly string[], parts: NameServersParts) {
    this.addresses = addresses;
    this.#servers = addresses.map((address) => ({ address, failures: 0, failedAtMs: 0, probed: false }));
    this.#parts = parts;
  }

  query(question: Question, callback: (answer: RecordsAnswer) => void): void {
    this.#probe(question);
    this.#attempt({ question, callback, attempts: 0, timeouts: 0 });
  }

  #attempt(query: Query): void {
    const server = this.#choose();
    const timeoutMs = this.#timeoutMs(Math.floor(query.attempts / this.#servers.length));
    this.#parts.ask(server.address, query.question, timeoutMs, (answer) => {
      const failed = 'code' in answer && worthAnotherTry.has(answer.code);
      this.#note(server, failed);
      if (!failed) return query.callback(answer);
      query.attempts++;
      if (answer.code === 'ETIMEOUT') query.timeouts++;
      if (query.attempts < this.#servers.length * this.#parts.tries) this.#attempt(query);
      else query.callback({ ...answer, timeouts: query.timeouts });
    });
  }

  #choose(): Server {
    const { rotate, random } = this.#parts;
    if (rotate) return this.#servers[random.random() % this.#servers.length] as Server;
    return this.#servers.reduce((best, other) => (other.failures < best.failures ? other : best));
  }

  #note(server: Server, failed: boolean): void {
    server.failures = failed ? server.failures + 1 : 0;
    if (failed) server.failedAtMs = this.#parts.timeSource.monotonicTimeMs();
  }

  /** Asks a server that failed the same question, so that it is known when it is there again. */
  #probe(question: Question): void {
    if (!this.#servers.some(({ failures }) => failures > 0)) return;
    const { ask, random, timeSource } = this.#parts;
    if (random.random() % probeChance !== 0) return;
    const dueMs = timeSource.monotonicTimeMs() - probeAfterMs;
    const server = this.#servers.find((each) => each.failures > 0 && !each.probed && each.failedAtMs <= dueMs);
    if (server === undefined) return;
    server.probed = true;
    ask(server.address, question, this.#timeoutMs(0), (answer) => {
      server.probed = false;
      this.#note(server, 'code' in answer && worthAnotherTry.has(answer.code));
    });
  }

  /** Doubled each round, less a random part that is drawn once. */
  #timeoutMs(round: number): number {
    const { timeoutMs, random } = this.#parts;
    const known = this.#timeouts[round];
    if (known !== undefined) return known;
    const jitter = round === 0 ? 0 : (random.random() % 1000) / 2000;
    const chosen = Math.max(timeoutMs, Math.floor(timeoutMs * 2 ** round * (1 - jitter)));
    this.#timeouts[round] = Math.min(chosen, longestTimeoutMs);
    return this.#timeouts[round] ?? timeoutMs;
  }
}
