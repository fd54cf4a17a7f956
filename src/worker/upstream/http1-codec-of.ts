import type { ClientCodec } from '../../../sdk/codec.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** The codec of a connection to a host of the cluster. */
export function createCodecOf(
  cluster: WorkerClusterInfo,
  context: UpstreamContext,
  readDisable: (disable: boolean) => void,
): ClientCodec {
  const { http } = cluster.config;
  return context.createHttp1Codec({
    ...http.http1,
    maxResponseHeadersCount: http.maxResponseHeadersCount,
    maxResponseHeadersBytes: http.maxResponseHeadersBytes,
    bufferLimitBytes: cluster.perConnectionBufferLimitBytes,
    scope: cluster.scope,
    readDisable,
  });
}
