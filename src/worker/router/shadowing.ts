import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap, RequestHeaderMap } from '../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, HttpFilter } from '../../../sdk/http.ts';
import type { ShadowPolicy } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { RequestHeaders, Trailers } from '../../common/headers/header-map.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { isGuardEnabled } from '../../common/runtime/runtime-guards.ts';
import { createAsyncRoute } from './async-route.ts';
import { AsyncStream, type AsyncStreamCallbacks } from './async-stream.ts';
import { copyOf } from './request-body.ts';
import type { RouterConfig } from './router-config.ts';

/** What the copies of a request are made with. */
export interface ShadowContext {
  readonly config: RouterConfig;
  readonly callbacks: DecoderFilterCallbacks;
  readonly policies: readonly ShadowPolicy[];
  /** Of the original; its own copy. */
  readonly headers: RequestHeaderMap;
  /** Of the original; 0 = none. */
  readonly timeoutMs: number;
  readonly bufferLimitBytes: number;
  /** A router that reports to `http.async-client.`. */
  createRouter(): HttpFilter;
}

/** Copies of a request on their way to the clusters that mirror it (`request_mirror_policies`). */
export class Shadowing {
  readonly #context: ShadowContext;
  readonly #streams = new Set<AsyncStream>();

  constructor(context: ShadowContext) {
    this.#context = context;
  }

  start(endStream: boolean): void {
    const { headers } = this.#context;
    if (headers.method === 'CONNECT') return;
    for (const policy of this.#context.policies) {
      if (this.#isDrawn(policy)) this.#start(policy, headers, endStream);
    }
  }

  sendData(data: Buffer, endStream: boolean): void {
    for (const stream of this.#streams) stream.sendData(copyOf(data), endStream);
  }

  sendTrailers(trailers: HeaderMap): void {
    for (const stream of this.#streams) stream.sendTrailers(Trailers.of(trailers.entries()));
  }

  /** The request has come to nothing before it was whole: so do its copies. Whole ones go on by themselves. */
  cancel(requestComplete: boolean): void {
    if (!requestComplete) for (const stream of this.#streams) stream.cancel();
    this.#streams.clear();
  }

  #isDrawn({ runtimeFraction }: ShadowPolicy): boolean {
    if (runtimeFraction === undefined) return true;
    const { runtimeKey, numerator, denominator } = runtimeFraction;
    const { config, callbacks } = this.#context;
    return config.runtime.snapshot.featureEnabled(runtimeKey, numerator, denominator, callbacks.streamId);
  }

  #start(policy: ShadowPolicy, original: RequestHeaderMap, endStream: boolean): void {
    const { config, callbacks, timeoutMs, bufferLimitBytes } = this.#context;
    const clusterName = policy.cluster === '' ? (original.get(policy.clusterHeader) ?? '') : policy.cluster;
    const cluster = config.clusterManager.getThreadLocalCluster(clusterName);
    if (cluster === undefined) return;
    const headers = RequestHeaders.of(original.entries());
    setShadowHost(headers, policy);
    policy.finalizeHeaders(headers, callbacks.streamInfo);
    headers.set(HeaderNames.EnvoyInternalRequest, 'true');
    headers.append(HeaderNames.ForwardedFor, config.localAddress);
    const stream = new AsyncStream(
      this.#context.createRouter(),
      {
        dispatcher: callbacks.dispatcher,
        route: createAsyncRoute(clusterName, timeoutMs),
        connectionInfo: callbacks.streamInfo.downstreamConnection,
        clusterInfo: cluster.info,
        bufferLimitBytes: bufferLimitBytes === Number.POSITIVE_INFINITY ? 0 : Math.max(1, bufferLimitBytes),
        streamId: callbacks.streamId,
      },
      new ShadowCallbacks(callbacks, () => this.#streams.delete(stream)),
    );
    if (isGuardEnabled(config.runtime, 'envoy.reloadable_features.shadow_policy_inherit_dynamic_metadata')) {
      copyMetadata(callbacks, stream.streamInfo);
    }
    this.#streams.add(stream);
    stream.sendHeaders(headers, endStream);
  }
}

/** Of the connection only what subsets are chosen by. */
function copyMetadata({ connection, streamInfo }: DecoderFilterCallbacks, to: StreamInfo): void {
  const ofConnection = connection?.streamInfo.dynamicMetadata('envoy.lb');
  if (ofConnection !== undefined) to.setDynamicMetadata('envoy.lb', ofConnection);
  for (const [namespace, value] of streamInfo.dynamicMetadataEntries()) to.setDynamicMetadata(namespace, value);
}

/** A slow mirror slows the client down, as a slow upstream does. */
class ShadowCallbacks implements AsyncStreamCallbacks {
  readonly #callbacks: DecoderFilterCallbacks;
  readonly #onComplete: () => void;
  #disabled = 0;

  constructor(callbacks: DecoderFilterCallbacks, onComplete: () => void) {
    this.#callbacks = callbacks;
    this.#onComplete = onComplete;
  }

  onComplete(): void {
    this.#onComplete();
    while (this.#disabled > 0) this.onBelowWriteBufferLowWatermark();
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#disabled++;
    this.#callbacks.onDecoderFilterAboveWriteBufferHighWatermark();
  }

  onBelowWriteBufferLowWatermark(): void {
    if (this.#disabled === 0) return;
    this.#disabled--;
    this.#callbacks.onDecoderFilterBelowWriteBufferLowWatermark();
  }
}

/** `-shadow` before the port, or what looks like one, unless the policy says otherwise. */
function setShadowHost(headers: RequestHeaderMap, policy: ShadowPolicy): void {
  if (policy.hostRewriteLiteral !== '') {
    headers.host = policy.hostRewriteLiteral;
    return;
  }
  if (policy.disableHostSuffix) return;
  const { host } = headers;
  const start = host.lastIndexOf(':');
  headers.host =
    start <= host.lastIndexOf(']') ? `${host}-shadow` : `${host.slice(0, start)}-shadow${host.slice(start)}`;
}
