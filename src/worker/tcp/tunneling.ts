import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { FilterStateObject, StreamInfo, StructValue } from '../../../sdk/stream-info.ts';
import { RequestHeaders } from '../../common/headers/header-map.ts';
import type { HeaderFormat } from '../../common/router/header-format.ts';
import type { HeaderMutations } from '../../common/router/header-mutations.ts';

/** `tunneling_config`, checked. */
export interface Tunneling {
  readonly hostname: HeaderFormat;
  /** Undefined = CONNECT. */
  readonly postPath: string | undefined;
  readonly headersToAdd: HeaderMutations | undefined;
  readonly propagateResponseHeaders: boolean;
  readonly propagateResponseTrailers: boolean;
}

/** The request that opens a tunnel for a connection. */
export function tunnelRequest(
  { hostname, postPath, headersToAdd }: Tunneling,
  streamInfo: StreamInfo,
): RequestHeaderMap {
  const headers = RequestHeaders.of([
    [':method', postPath === undefined ? 'CONNECT' : 'POST'],
    [':authority', hostname.format(undefined, undefined, streamInfo)],
    ...(postPath === undefined ? [] : ([[':path', postPath]] as const)),
  ]);
  headersToAdd?.applyToOwnRequest(headers, streamInfo);
  return headers;
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
