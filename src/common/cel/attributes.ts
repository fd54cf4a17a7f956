import type { CelInput, CelMap } from '@bufbuild/cel';
import type { LocalInfo, LogContext } from '../../../sdk/extension.ts';
import type { ConnectionInfo } from '../../../sdk/network.ts';
import type { FilterState, StreamInfo } from '../../../sdk/stream-info.ts';
import { connectionAttributes } from './connection-attributes.ts';
import { attributeMap, lazyMap } from './lazy-map.ts';
import { metadataMessage } from './message-map.ts';
import { requestAttributes } from './request-attributes.ts';
import { responseAttributes } from './response-attributes.ts';
import { upstreamAttributes } from './upstream-attributes.ts';
import { xdsAttributes } from './xds-attributes.ts';

/** Envoy's attributes of a request or a connection (docs: intro/arch_overview/advanced/attributes), each made when asked for. */
export class Attributes {
  readonly #log: LogContext;
  readonly #info: StreamInfo;
  readonly #node: LocalInfo | undefined;

  constructor(log: LogContext, info: StreamInfo, node: LocalInfo | undefined) {
    this.#log = log;
    this.#info = info;
    this.#node = node;
  }

  get request(): CelMap {
    return attributeMap(requestAttributes, { log: this.#log, info: this.#info });
  }

  get response(): CelMap {
    return attributeMap(responseAttributes, { log: this.#log, info: this.#info });
  }

  get connection(): CelMap {
    return attributeMap(connectionAttributes, this.#info);
  }

  get upstream(): CelMap {
    return attributeMap(upstreamAttributes, this.#info);
  }

  get source(): CelMap {
    return peer(this.#info.downstreamConnection.remoteAddress);
  }

  get destination(): CelMap {
    return peer(this.#info.downstreamConnection.localAddress);
  }

  get xds(): CelMap {
    return attributeMap(xdsAttributes, { info: this.#info, node: this.#node });
  }

  get metadata(): CelMap {
    const info = this.#info;
    return metadataMessage(
      (namespace) => info.dynamicMetadata(namespace),
      () => info.dynamicMetadataEntries(),
    );
  }

  get filter_state(): CelMap {
    return filterStateMap(this.#info.filterState);
  }

  get upstream_filter_state(): CelMap | undefined {
    const state = this.#info.upstream?.filterState;
    return state === undefined ? undefined : filterStateMap(state);
  }
}

function peer(address: ConnectionInfo['localAddress']): CelMap {
  const port: [string, CelInput][] = address.kind === 'ip' ? [['port', BigInt(address.port)]] : [];
  const values = new Map<string, CelInput>([['address', address.asString], ...port]);
  return lazyMap((name) => values.get(name));
}

/** Objects with fields are maps of them, others the bytes that they are logged as. */
function filterStateMap(state: FilterState): CelMap {
  return lazyMap((name) => {
    const object = state.get(name);
    if (object?.getField !== undefined) {
      return lazyMap(
        (field) => {
          const value = object.getField?.(field);
          return typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
        },
        () => [],
      );
    }
    const text = object?.serializeAsString?.();
    return text === undefined ? undefined : new TextEncoder().encode(text);
  });
}
