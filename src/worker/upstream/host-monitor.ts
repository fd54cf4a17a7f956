import type { Runtime } from '../../../sdk/extension.ts';
import type { HostMonitor, OutlierResult } from '../../../sdk/upstream.ts';
import type { ErrorMatcher } from '../../common/upstream/error-matcher.ts';
import type { OutlierConfig } from '../../common/upstream/outlier-config.ts';
import { type ConsecutiveFailure, OutlierCounts } from '../../common/upstream/outlier-counts.ts';
import { HOST_FAILED, HOST_OUTLIER, type HostFailed, type HostOutlier } from '../../snapshot/host-events.ts';
import type { HostSnapshot } from '../../snapshot/hosts.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** What a result that is not HTTP counts as; of connections that serve a request the request's own outcome counts. */
const CODES: Readonly<Record<OutlierResult, number | undefined>> = {
  ExtOriginRequestSuccess: 200,
  LocalOriginConnectSuccessFinal: 200,
  LocalOriginTimeout: 504,
  LocalOriginConnectFailed: 503,
  ExtOriginRequestFailed: 500,
  LocalOriginConnectSuccess: undefined,
};

/** Tells main what a host's answers say of it, and counts for its outlier detection (Envoy's DetectorHostMonitorImpl). */
class WorkerHostMonitor implements HostMonitor {
  readonly #host: HostFailed;
  readonly #context: Pick<UpstreamContext, 'runtime' | 'tellMain'>;
  readonly #outlier: OutlierCounting | undefined;

  readonly isError: ErrorMatcher | undefined;

  constructor(
    host: HostFailed,
    context: UpstreamContext,
    outlier: OutlierCounting | undefined,
    isError: ErrorMatcher | undefined,
  ) {
    this.#host = host;
    this.isError = isError;
    this.#context = context;
    this.#outlier = outlier;
  }

  failImmediately(): void {
    this.#context.tellMain(HOST_FAILED, this.#host);
  }

  putHttpResponseCode(code: number): void {
    const outlier = this.#outlier;
    if (outlier === undefined) return;
    const { counts } = outlier;
    if (code < 500 || code > 599) {
      counts.addRequest('external', true);
      counts.endFailures('5xx');
      counts.endFailures('gateway');
      return;
    }
    counts.addRequest('external', false);
    if (code >= 502 && code <= 504) this.#addFailure(outlier, 'gateway');
    else counts.endFailures('gateway');
    this.#addFailure(outlier, '5xx');
  }

  putResult(result: OutlierResult, code = CODES[result]): void {
    const outlier = this.#outlier;
    if (outlier === undefined) return;
    if (outlier.config.splitsOrigins) this.#putSplit(outlier, result);
    else if (code !== undefined) this.putHttpResponseCode(code);
  }

  #putSplit(outlier: OutlierCounting, result: OutlierResult): void {
    const { counts } = outlier;
    if (result === 'ExtOriginRequestFailed') {
      this.putHttpResponseCode(503);
    } else if (result === 'LocalOriginTimeout' || result === 'LocalOriginConnectFailed') {
      counts.addRequest('local', false);
      this.#addFailure(outlier, 'localOrigin');
    } else {
      if (result === 'ExtOriginRequestSuccess') this.putHttpResponseCode(200);
      counts.addRequest('local', true);
      counts.endFailures('localOrigin');
    }
  }

  #addFailure({ counts, config }: OutlierCounting, kind: ConsecutiveFailure): void {
    if (counts.addFailure(kind) !== limitOf(kind, config, this.#context.runtime)) return;
    const event: HostOutlier = { ...this.#host, failures: kind };
    this.#context.tellMain(HOST_OUTLIER, event);
  }
}

interface OutlierCounting {
  readonly config: OutlierConfig;
  readonly counts: OutlierCounts;
}

function limitOf(kind: ConsecutiveFailure, config: OutlierConfig, { snapshot }: Runtime): number {
  switch (kind) {
    case '5xx':
      return snapshot.getInteger('outlier_detection.consecutive_5xx', config.consecutive5xx);
    case 'gateway':
      return snapshot.getInteger('outlier_detection.consecutive_gateway_failure', config.consecutiveGatewayFailure);
    case 'localOrigin':
      return snapshot.getInteger(
        'outlier_detection.consecutive_local_origin_failure',
        config.consecutiveLocalOriginFailure,
      );
  }
}

/** Undefined where the cluster does not look after its hosts. */
export function hostMonitors(
  { name, config }: WorkerClusterInfo,
  context: UpstreamContext,
): ((host: HostSnapshot) => HostMonitor) | undefined {
  const { healthCheck, outlier } = config;
  if (healthCheck === undefined && outlier === undefined) return undefined;
  return ({ id, outlierCounts }) => {
    const counting = outlier && outlierCounts && { config: outlier, counts: new OutlierCounts(outlierCounts) };
    return new WorkerHostMonitor({ cluster: name, host: id }, context, counting, config.http.isError);
  };
}
