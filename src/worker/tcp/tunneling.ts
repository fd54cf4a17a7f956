import type { RequestIdExtension } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { RequestIdGenerator } from '../../../sdk/http.ts';
import type { FilterStateObject, StreamInfo, StructValue } from '../../../sdk/stream-info.ts';
import { RequestHeaders } from '../../common/headers/header-map.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { HeaderFormat } from '../../common/router/header-format.ts';
import type { HeaderMutations } from '../../common/router/header-mutations.ts';

/** How the requests that open tunnels get their ids (`request_id_extension` and what goes with it). */
export interface TunnelRequestIds {
  readonly extension: RequestIdExtension;
  readonly config: unknown;
  /** Lower case. */
  readonly header: string;
  /** Of the dynamic metadata `envoy.filters.network.tcp_proxy`. */
  readonly metadataKey: string;
}

/** `tunneling_config`, checked. */
export interface Tunneling {
  readonly hostname: HeaderFormat;
  /** Undefined = CONNECT. */
  readonly postPath: string | undefined;
  readonly headersToAdd: HeaderMutations | undefined;
  readonly propagateResponseHeaders: boolean;
  readonly propagateResponseTrailers: boolean;
  /** Undefined = the requests have none. */
  readonly requestIds: TunnelRequestIds | undefined;
}

/**
 * The request that opens a tunnel for a connection.
 *
 * @param requestIds those of the configuration, on this worker
 */
export function tunnelRequest(
  tunneling: Tunneling,
  streamInfo: StreamInfo,
  requestIds: RequestIdGenerator | undefined,
): RequestHeaderMap {
  const { hostname, postPath, headersToAdd } = tunneling;
  const headers = RequestHeaders.of([
    [':method', postPath === undefined ? 'CONNECT' : 'POST'],
    [':authority', hostname.format(undefined, undefined, streamInfo)],
    ...(postPath === undefined ? [] : ([[':path', postPath]] as const)),
  ]);
  if (tunneling.requestIds !== undefined && requestIds !== undefined) {
    setRequestId(headers, tunneling.requestIds, requestIds, streamInfo);
  }
  headersToAdd?.applyToOwnRequest(headers, streamInfo);
  return headers;
}

function setRequestId(
  headers: RequestHeaderMap,
  { header, metadataKey }: TunnelRequestIds,
  requestIds: RequestIdGenerator,
  streamInfo: StreamInfo,
): void {
  requestIds.set(headers, true, false);
  const id = requestIds.get(headers);
  if (id === undefined) return;
  if (header !== HeaderNames.RequestId) {
    headers.remove(HeaderNames.RequestId);
    headers.set(header, id);
  }
  streamInfo.setDynamicMetadata('envoy.filters.network.tcp_proxy', { [metadataKey]: id });
}

/** Headers or trailers of the answer, kept in the client's filter state. */
export class TunnelAnswer implements FilterStateObject {
  readonly #headers: readonly (readonly [string, string])[];

  constructor(headers: Iterable<readonly [string, string]>) {
    this.#headers = [...headers];
  }

  serializeAsValue(): StructValue {
    return { headers: this.#headers.map(([key, value]) => ({ key, value })) };
  }
}
