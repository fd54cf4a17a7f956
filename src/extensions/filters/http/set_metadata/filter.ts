import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import type { Struct } from '../../../../../sdk/stream-info.ts';

export interface MetadataEntry {
  readonly namespace: string;
  readonly value: Struct;
  /** Merged into what the namespace holds already, rather than left out. */
  readonly overwrites: boolean;
}

export interface SetMetadataShared {
  readonly entries: readonly MetadataEntry[];
  readonly overwriteDenied: Counter;
  /** There where a route has entries. */
  overwriteDeniedOfRoutes(): Counter;
}

export class SetMetadataFilter implements HttpFilter {
  readonly #shared: SetMetadataShared;
  #callbacks!: DecoderFilterCallbacks;

  constructor(shared: SetMetadataShared) {
    this.#shared = shared;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  /** The route's entries come behind the filter's own. */
  decodeHeaders(): FilterHeadersStatus {
    const { entries, overwriteDenied } = this.#shared;
    for (const entry of entries) if (!this.#write(entry)) overwriteDenied.inc();
    for (const entry of this.#callbacks.perRouteConfig<readonly MetadataEntry[]>() ?? []) {
      if (!this.#write(entry)) this.#shared.overwriteDeniedOfRoutes().inc();
    }
    return 'Continue';
  }

  #write({ namespace, value, overwrites }: MetadataEntry): boolean {
    const { streamInfo } = this.#callbacks;
    if (!overwrites && streamInfo.dynamicMetadata(namespace) !== undefined) return false;
    streamInfo.setDynamicMetadata(namespace, value);
    return true;
  }
}
