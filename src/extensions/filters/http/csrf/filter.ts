import type { Runtime } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import { HeaderNames } from '../../../../common/headers/names.ts';
import { isDrawn } from '../../../../common/router/runtime-fraction.ts';
import type { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { hostAndPort } from './host-and-port.ts';
import type { CsrfPolicy } from './index.ts';

/** `http.<stat_prefix>.csrf.` */
export class CsrfStats {
  readonly missingSourceOrigin: Counter;
  readonly requestInvalid: Counter;
  readonly requestValid: Counter;

  constructor(scope: PrefixedStats) {
    this.missingSourceOrigin = scope.counter('missing_source_origin');
    this.requestInvalid = scope.counter('request_invalid');
    this.requestValid = scope.counter('request_valid');
  }
}

export interface CsrfShared {
  readonly policy: CsrfPolicy;
  readonly runtime: Runtime;
  readonly stats: CsrfStats;
}

const MODIFYING = new Set(['POST', 'PUT', 'DELETE', 'PATCH']);
const REFUSAL = Object.freeze({ status: 403, body: 'Invalid origin', details: 'csrf_origin_mismatch' });

export class CsrfFilter implements HttpFilter {
  readonly #shared: CsrfShared;
  #callbacks!: DecoderFilterCallbacks;

  constructor(shared: CsrfShared) {
    this.#shared = shared;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    const { runtime, stats } = this.#shared;
    const policy = this.#callbacks.perRouteConfig<CsrfPolicy>() ?? this.#shared.policy;
    const enabled = isDrawn(policy.filterEnabled, runtime, false);
    if (!enabled && !isDrawn(policy.shadowEnabled, runtime, false)) return 'Continue';
    if (!MODIFYING.has(headers.method)) return 'Continue';
    const source = sourceOrigin(headers);
    if (source === '') {
      stats.missingSourceOrigin.inc();
    } else if (isAllowed(policy, source, headers)) {
      stats.requestValid.inc();
      return 'Continue';
    } else {
      stats.requestInvalid.inc();
    }
    if (!enabled) return 'Continue';
    this.#callbacks.sendLocalReply(REFUSAL);
    return 'StopIteration';
  }
}

/** Of `origin`, else of `referer`; '' without either, or when the page hides where it is from: `origin: null`. */
function sourceOrigin(headers: RequestHeaderMap): string {
  const origin = headers.get(HeaderNames.Origin) ?? '';
  if (origin === 'null') return '';
  return hostAndPort(origin === '' ? (headers.get(HeaderNames.Referer) ?? '') : origin);
}

function isAllowed({ additionalOrigins }: CsrfPolicy, source: string, headers: RequestHeaderMap): boolean {
  return source === hostAndPort(headers.host) || additionalOrigins.some((origin) => origin.match(source));
}
