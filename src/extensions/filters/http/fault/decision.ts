import type { Runtime } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { Abort, Delay, FaultConfig, RateLimit } from './config.ts';

type Percentage = Delay['percentage'];

const DELAY = 'x-envoy-fault-delay-request';
const DELAY_PERCENTAGE = 'x-envoy-fault-delay-request-percentage';
const ABORT_HTTP = 'x-envoy-fault-abort-request';
const ABORT_GRPC = 'x-envoy-fault-abort-grpc-request';
const ABORT_PERCENTAGE = 'x-envoy-fault-abort-request-percentage';
const THROUGHPUT = 'x-envoy-fault-throughput-response';
const THROUGHPUT_PERCENTAGE = 'x-envoy-fault-throughput-response-percentage';

export interface AbortStatus {
  readonly status: number;
  readonly grpcStatus: number | undefined;
}

/** Which faults a request gets: of the configuration, of its headers where that says so, and of runtime above both. */
export class FaultDecision {
  readonly #config: FaultConfig;
  readonly #runtime: Runtime;
  readonly #headers: RequestHeaderMap;
  /** Of `x-envoy-downstream-service-cluster`; '' without. */
  readonly #downstreamCluster: string;

  constructor(config: FaultConfig, runtime: Runtime, headers: RequestHeaderMap, downstreamCluster: string) {
    this.#config = config;
    this.#runtime = runtime;
    this.#headers = headers;
    this.#downstreamCluster = downstreamCluster;
  }

  /** Undefined = no delay. */
  delayMs(): number | undefined {
    const { delay, keys } = this.#config;
    if (delay === undefined) return undefined;
    const percentage = this.#percentage(delay, delay.fixedMs === undefined, DELAY_PERCENTAGE);
    if (!this.#draw(keys.delayPercent, 'delay.fixed_delay_percent', percentage)) return undefined;
    const configured = delay.fixedMs ?? headerNumber(this.#headers, DELAY);
    if (configured === undefined) return undefined;
    // Unlike for the others, the general key stands behind that of the cluster.
    const general = this.#runtime.snapshot.getInteger(keys.delayDuration, configured);
    const ms = this.#integer(keys.delayDuration, 'delay.fixed_duration_ms', general);
    return ms > 0 ? ms : undefined;
  }

  abortStatus(): AbortStatus | undefined {
    const { abort, keys } = this.#config;
    if (abort === undefined) return undefined;
    const percentage = this.#percentage(abort, abort.kind === 'header', ABORT_PERCENTAGE);
    if (!this.#draw(keys.abortPercent, 'abort.abort_percent', percentage)) return undefined;
    const http = this.#httpStatus(abort);
    if (http !== undefined) {
      const status = this.#integer(keys.abortHttpStatus, 'abort.http_status', http);
      return { status, grpcStatus: undefined };
    }
    const grpc = abort.kind === 'grpc' ? abort.status : headerNumber(this.#headers, ABORT_GRPC);
    if (grpc === undefined) return undefined;
    return { status: 200, grpcStatus: this.#integer(keys.abortGrpcStatus, 'abort.grpc_status', grpc) };
  }

  /** KiB a second; undefined = as fast as can be. */
  responseKbps(): number | undefined {
    const { responseRateLimit: limit, keys } = this.#config;
    if (limit === undefined) return undefined;
    const kbps = limit.fixedKbps ?? headerNumber(this.#headers, THROUGHPUT);
    if (kbps === undefined || kbps === 0) return undefined;
    const { numerator, denominator } = this.#percentage(limit, limit.fixedKbps === undefined, THROUGHPUT_PERCENTAGE);
    const isOn = this.#runtime.snapshot.featureEnabled(keys.responseRateLimitPercent, numerator, denominator);
    return isOn ? kbps : undefined;
  }

  #httpStatus({ kind, status }: Abort): number | undefined {
    if (kind === 'http') return status;
    if (kind === 'grpc') return undefined;
    const asked = headerNumber(this.#headers, ABORT_HTTP);
    return asked !== undefined && asked >= 200 && asked < 600 ? asked : undefined;
  }

  /** A header may lower the percentage, not raise it. */
  #percentage({ percentage }: Delay | Abort | RateLimit, byHeader: boolean, header: string): Percentage {
    const asked = byHeader ? headerNumber(this.#headers, header) : undefined;
    if (asked === undefined) return percentage;
    return { numerator: Math.min(asked, percentage.numerator), denominator: percentage.denominator };
  }

  /** A client with a service cluster is drawn for by the key of that alone. */
  #draw(key: string, ofCluster: string, { numerator, denominator }: Percentage): boolean {
    return this.#runtime.snapshot.featureEnabled(this.#key(key, ofCluster), numerator, denominator);
  }

  #integer(key: string, ofCluster: string, fallback: number): number {
    return this.#runtime.snapshot.getInteger(this.#key(key, ofCluster), fallback);
  }

  #key(key: string, ofCluster: string): string {
    return this.#downstreamCluster === '' ? key : `fault.http.${this.#downstreamCluster}.${ofCluster}`;
  }
}

/** The first value of a header when it is a whole number. */
function headerNumber(headers: RequestHeaderMap, name: string): number | undefined {
  const text = headers.get(name);
  return text !== undefined && /^\s*\+?\d{1,20}\s*$/.test(text) ? Number(text) : undefined;
}
