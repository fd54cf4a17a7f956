import type { Buffer } from '../../../../sdk/buffer.ts';
import type { ResponseHeaderMap } from '../../../../sdk/headers.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { RequestHeaders } from '../../../common/headers/header-map.ts';
import { shouldCloseConnection } from '../../../common/http/http1-keep-alive.ts';
import { hasPayloads } from '../../../common/upstream/health-check-payload.ts';
import {
  type HealthCheckParent,
  HealthCheckSession,
} from '../../../main/upstream/health-check/health-check-session.ts';
import type { ManagedHost } from '../../../main/upstream/managed-host.ts';
import { CodecClient, type CodecClientCallbacks } from './codec-client.ts';
import type { HttpHealthCheckConfig, StatusRange } from './config.ts';

const userAgent = 'Envoy/HC';

type Result = 'succeeded' | 'degraded' | 'failed' | 'retriable';

/** Asks a host for a path and looks at the answer (Envoy's HttpHealthCheckerImpl). */
export class HttpHealthCheckSession extends HealthCheckSession implements CodecClientCallbacks {
  readonly #config: HttpHealthCheckConfig;
  readonly #authority: string;
  readonly #body: Buffer = new SliceBuffer();
  #client: CodecClient | undefined = undefined;
  #headers: ResponseHeaderMap | undefined = undefined;
  /** What happens to the connection is of our own doing. */
  #expectsReset = false;

  constructor(config: HttpHealthCheckConfig, host: ManagedHost, parent: HealthCheckParent) {
    super(host, parent);
    this.#config = config;
    this.#authority = host.healthCheck.hostname || config.host || parent.clusterName;
  }

  protected override check(): void {
    const target = this.parent.targetOf(this.host);
    this.#client ??= this.#connect(target);
    const client = this.#client;
    const { method, path, headers: mutations, send } = this.#config;
    const headers = RequestHeaders.of([
      [':method', method],
      [':authority', this.#authority],
      [':path', path],
      ['user-agent', userAgent],
      [':scheme', this.parent.probes.isSecure(target) ? 'https' : 'http'],
    ]);
    mutations?.applyToRequest(headers, client.connection.streamInfo);
    if (send.length > 0) headers.set('content-length', String(send.length));
    const encoder = client.newStream();
    encoder.encodeHeaders(headers, send.length === 0);
    if (send.length > 0) {
      const body = new SliceBuffer();
      body.add(send);
      encoder.encodeData(body, true);
    }
    client.flush();
  }

  protected override onCheckTimeout(): void {
    this.disconnect();
  }

  protected override disconnect(): void {
    this.#expectsReset = true;
    this.#client?.connection.close('NoFlush');
  }

  decode1xxHeaders(): void {}

  decodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    this.#headers = headers;
    if (endStream) this.#onResponse(headers);
  }

  decodeData(data: Buffer, endStream: boolean): void {
    const { receive, responseBufferBytes } = this.#config;
    const room = responseBufferBytes === 0 ? data.length : responseBufferBytes - this.#body.length;
    if (receive.length > 0 && room > 0) this.#body.move(data, Math.min(room, data.length));
    if (endStream) this.#onResponse(this.#headers);
  }

  decodeTrailers(): void {
    this.#onResponse(this.#headers);
  }

  onReset(): void {
    if (this.#expectsReset) return;
    if (!this.parent.config.reuseConnection) this.#client?.connection.close('NoFlush');
    this.handleFailure('NETWORK');
  }

  onClosed(): void {
    this.#client = undefined;
    this.#forgetResponse();
  }

  #connect(target: ReturnType<HealthCheckParent['targetOf']>): CodecClient {
    const { probes, onProtocolError } = this.parent;
    this.#expectsReset = false;
    const connection = probes.connect(target);
    return new CodecClient(connection, probes.createCodec(connection), this, onProtocolError);
  }

  #onResponse(headers: ResponseHeaderMap | undefined): void {
    if (headers === undefined) return;
    const client = this.#client;
    client?.endStream();
    const status = headers.status ?? 0;
    const result = this.#judge(headers, status);
    if (result === 'succeeded' || result === 'degraded') this.handleSuccess(result === 'degraded');
    else this.handleFailure('ACTIVE', result === 'retriable', status);
    this.#forgetResponse();
    // The session may have ended meanwhile, and its connection with it.
    if (client === undefined || this.#client !== client) return;
    const { reuseConnection } = this.parent.config;
    if (!reuseConnection || shouldCloseConnection(client.codec.protocol, headers)) client.connection.close('NoFlush');
  }

  #judge(headers: ResponseHeaderMap, status: number): Result {
    const { receive, expected, retriable, serviceName } = this.#config;
    const matches = hasPayloads(this.#body, receive);
    if (!matches || !isIn(status, expected)) {
      if (headers.has('x-envoy-immediate-health-check-fail')) this.host.setFlag('excluded_via_immediate_hc_fail', true);
      return matches && isIn(status, retriable) ? 'retriable' : 'failed';
    }
    if (serviceName !== undefined && this.parent.runtime.snapshot.featureEnabled('health_check.verify_cluster', 100)) {
      this.parent.stats.verifyCluster.inc();
      if (!serviceName.match(headers.get('x-envoy-upstream-healthchecked-cluster') ?? '')) return 'failed';
    }
    return headers.has('x-envoy-degraded') ? 'degraded' : 'succeeded';
  }

  #forgetResponse(): void {
    this.#headers = undefined;
    this.#body.drain(this.#body.length);
  }
}

function isIn(status: number, ranges: readonly StatusRange[]): boolean {
  return ranges.some(({ start, end }) => status >= start && status < end);
}
