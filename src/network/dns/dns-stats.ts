import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';
import { isEmptyAnswer, type RecordsAnswer } from './records.ts';

/** `dns.cares.*`: of all resolvers of the process together. A lookup that falls back to the other family counts twice. */
export class DnsStats {
  readonly #root: Scope;
  #counts: Counts | undefined = undefined;

  /** @param root without prefix; nothing is named in it before something is resolved */
  constructor(root: Scope) {
    this.#root = root;
  }

  onStart(): void {
    this.#counts ??= makeCounts(this.#root.scope('dns.cares'));
    this.#counts.resolveTotal.inc();
    this.#counts.pendingResolutions.inc();
  }

  onEnd(answers: readonly RecordsAnswer[]): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    counts.pendingResolutions.dec();
    for (const answer of answers) if (timedOut(answer)) counts.timeouts.add(answer.timeouts ?? 1);
    if (answers.some(({ records }) => records.length > 0)) return;
    if (answers.some(failed)) counts.getAddrFailure.inc();
    else if (answers.every(isEmptyAnswer)) counts.notFound.inc();
  }

  /** The servers failed: they are contacted anew. */
  onReinit(): void {
    this.#counts?.reinits.inc();
  }
}

interface Counts {
  readonly resolveTotal: Counter;
  readonly pendingResolutions: Gauge;
  readonly notFound: Counter;
  readonly getAddrFailure: Counter;
  readonly timeouts: Counter;
  readonly reinits: Counter;
}

function makeCounts(scope: Scope): Counts {
  return {
    resolveTotal: scope.counter('resolve_total'),
    pendingResolutions: scope.gauge('pending_resolutions'),
    notFound: scope.counter('not_found'),
    getAddrFailure: scope.counter('get_addr_failure'),
    timeouts: scope.counter('timeouts'),
    reinits: scope.counter('reinits'),
  };
}

type Failure = Extract<RecordsAnswer, { readonly code: string }>;

function timedOut(answer: RecordsAnswer): answer is Failure {
  return 'code' in answer && answer.code === 'ETIMEOUT';
}

const serverFailures: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EREFUSED', 'ESERVFAIL', 'ENOTIMP']);

/** The server could not be reached or would not answer the question. */
export function serverFailed(answer: RecordsAnswer): boolean {
  return 'code' in answer && serverFailures.has(answer.code);
}

/** Neither an answer nor silence. */
function failed(answer: RecordsAnswer): boolean {
  return 'code' in answer && !timedOut(answer) && !isEmptyAnswer(answer);
}
