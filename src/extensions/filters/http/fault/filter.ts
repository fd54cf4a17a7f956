import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { Dispatcher, Timer } from '../../../../../sdk/event.ts';
import type { Runtime } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  EncoderFilterCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../../../sdk/http.ts';
import { HeaderNames } from '../../../../common/headers/names.ts';
import { matchesAll } from '../../../../common/matcher/header-matcher.ts';
import type { FaultConfig } from './config.ts';
import { FaultDecision } from './decision.ts';
import { ResponseLimiter } from './response-limiter.ts';
import type { FaultStats } from './stats.ts';

export interface FaultShared {
  readonly config: FaultConfig;
  readonly runtime: Runtime;
  readonly dispatcher: Dispatcher;
  readonly stats: FaultStats;
}

const DETAILS = 'fault_filter_abort';
const BODY = 'fault filter abort';

export class FaultFilter implements HttpFilter {
  readonly #shared: FaultShared;
  #config: FaultConfig;
  #callbacks!: DecoderFilterCallbacks;
  #encoderCallbacks!: EncoderFilterCallbacks;
  #delayTimer: Timer | undefined = undefined;
  #limiter: ResponseLimiter | undefined = undefined;
  /** Several faults of one request count as one. */
  #isActive = false;

  constructor(shared: FaultShared) {
    this.#shared = shared;
    this.#config = shared.config;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  setEncoderFilterCallbacks(callbacks: EncoderFilterCallbacks): void {
    this.#encoderCallbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    this.#config = this.#callbacks.perRouteConfig<FaultConfig>() ?? this.#shared.config;
    if (!this.#isMeant(headers)) return 'Continue';
    const downstreamCluster = headers.get(HeaderNames.EnvoyDownstreamServiceCluster) ?? '';
    const decision = new FaultDecision(this.#config, this.#shared.runtime, headers, downstreamCluster);
    this.#limitResponse(decision);
    const delayMs = decision.delayMs();
    if (delayMs !== undefined && this.#tryActivate()) {
      this.#delay(delayMs, decision, downstreamCluster);
      return 'StopIteration';
    }
    return this.#tryAbort(decision, downstreamCluster) ? 'StopIteration' : 'Continue';
  }

  /** A body that comes during the delay waits; a large one is read on when there is room. */
  decodeData(): FilterDataStatus {
    return this.#delayTimer === undefined ? 'Continue' : 'StopIterationAndWatermark';
  }

  decodeTrailers(): FilterTrailersStatus {
    return this.#delayTimer === undefined ? 'Continue' : 'StopIteration';
  }

  encodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    if (this.#limiter === undefined) return 'Continue';
    this.#limiter.write(data, endStream);
    return 'StopIterationNoBuffer';
  }

  encodeTrailers(): FilterTrailersStatus {
    return this.#limiter?.onTrailers() ?? 'Continue';
  }

  onDestroy(): void {
    this.#endDelay();
    this.#limiter?.[Symbol.dispose]();
    if (this.#isActive) this.#shared.stats.activeFaults.dec();
  }

  #isMeant(headers: RequestHeaderMap): boolean {
    const { upstreamCluster, downstreamNodes, headers: matchers } = this.#config;
    if (upstreamCluster !== '' && this.#callbacks.route()?.routeEntry?.clusterName !== upstreamCluster) return false;
    if (downstreamNodes.size > 0) {
      const node = headers.get(HeaderNames.EnvoyDownstreamServiceNode);
      if (node === undefined || !downstreamNodes.has(node)) return false;
    }
    return matchesAll(matchers, headers);
  }

  #limitResponse(decision: FaultDecision): void {
    const kbps = decision.responseKbps();
    if (kbps === undefined || !this.#tryActivate()) return;
    const { stats, dispatcher } = this.#shared;
    stats.responseRlInjected.inc();
    this.#limiter = new ResponseLimiter(kbps, this.#encoderCallbacks, dispatcher);
  }

  #delay(ms: number, decision: FaultDecision, downstreamCluster: string): void {
    const { stats, dispatcher } = this.#shared;
    this.#delayTimer = dispatcher.createTimer(() => {
      this.#endDelay();
      if (!this.#tryAbort(decision, downstreamCluster)) this.#callbacks.continueDecoding();
    });
    this.#delayTimer.enableTimer(ms);
    stats.delaysInjected.inc();
    if (this.#config.downstreamClusterStats && downstreamCluster !== '') {
      stats.incOf(downstreamCluster, 'delays_injected');
    }
    this.#callbacks.streamInfo.setResponseFlag('DI');
    this.#noteMetadata();
  }

  #tryAbort(decision: FaultDecision, downstreamCluster: string): boolean {
    const status = decision.abortStatus();
    if (status === undefined || !this.#tryActivate()) return false;
    const { stats } = this.#shared;
    this.#callbacks.streamInfo.setResponseFlag('FI');
    this.#noteMetadata();
    stats.abortsInjected.inc();
    if (this.#config.downstreamClusterStats && downstreamCluster !== '') {
      stats.incOf(downstreamCluster, 'aborts_injected');
    }
    const reply = { status: status.status, body: this.#config.abort?.body || BODY, details: DETAILS };
    const { grpcStatus } = status;
    this.#callbacks.sendLocalReply(grpcStatus === undefined ? reply : { ...reply, grpcStatus });
    return true;
  }

  #noteMetadata(): void {
    this.#callbacks.streamInfo.setDynamicMetadata(this.#callbacks.filterConfigName, this.#config.metadata);
  }

  /** False when too many requests have faults already. */
  #tryActivate(): boolean {
    if (this.#isActive) return true;
    const { stats, runtime } = this.#shared;
    const { keys, maxActiveFaults } = this.#config;
    if (stats.activeFaults.value >= runtime.snapshot.getInteger(keys.maxActiveFaults, maxActiveFaults)) {
      stats.faultsOverflow.inc();
      return false;
    }
    stats.activeFaults.inc();
    this.#isActive = true;
    return true;
  }

  #endDelay(): void {
    this.#delayTimer?.[Symbol.dispose]();
    this.#delayTimer = undefined;
  }
}
