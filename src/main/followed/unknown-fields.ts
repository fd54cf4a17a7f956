import type { Logger } from '../../../sdk/extension.ts';
import type { Counter } from '../../../sdk/stats.ts';

/** Of the command line: `--reject-unknown-dynamic-fields`, `--ignore-unknown-dynamic-fields`. */
export type UnknownFieldsPolicy = 'warn' | 'reject' | 'ignore';

/** A field that nobody knows. */
export interface UnknownField {
  /** With its place. */
  readonly text: string;
  /** Of all that is in the file. */
  readonly contentsHash: bigint;
}

/** What becomes of files of discovery with fields that nobody knows: each is told and counted once, unless they are refused. */
export class UnknownFields {
  readonly #policy: UnknownFieldsPolicy;
  readonly #counter: Counter;
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  /** @param counter `server.dynamic_unknown_fields` */
  constructor(policy: UnknownFieldsPolicy, counter: Counter, logger: Logger) {
    this.#policy = policy;
    this.#counter = counter;
    this.#logger = logger;
  }

  /** @param unknown the first of a file. Why the file is not taken; undefined when it is. */
  check(unknown: UnknownField | undefined): string | undefined {
    if (unknown === undefined || this.#policy === 'ignore') return undefined;
    const what = `type envoy.service.discovery.v3.DiscoveryResponse reason ${unknown.text}`;
    if (this.#policy === 'reject') return `Protobuf message (${what}) has unknown fields`;
    const key = `${unknown.text} ${unknown.contentsHash}`;
    if (!this.#told.has(key)) {
      this.#told.add(key);
      this.#counter.inc();
      this.#logger.warn(`Unknown field: ${what}`);
    }
    return undefined;
  }
}
