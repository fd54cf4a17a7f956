import type { ConnectionInfo } from '../network.ts';
import type {
  BytesMeter,
  DownstreamTiming,
  FilterState,
  FilterStateObject,
  ResponseFlag,
  StreamInfo,
  Struct,
} from '../stream-info.ts';

/** A StreamInfo that remembers what is set. */
export class FakeStreamInfo implements StreamInfo {
  readonly timeSource = { systemTimeMs: () => 0, monotonicTimeMs: () => 0 };
  readonly startTimeMs = 0;
  readonly startTimeMonotonicMs = 0;
  requestCompleteMs = undefined;
  protocol = 'HTTP/1.1' as const;
  responseCode = undefined;
  responseCodeDetails = undefined;
  connectionTerminationDetails = undefined;
  bytesReceived = 0;
  bytesSent = 0;
  bytesRetransmitted = 0;
  attemptCount = undefined;
  routeName = '';
  virtualClusterName = '';
  requestId = undefined;
  filterChainName = '';
  readonly downstreamConnection = {} as ConnectionInfo;
  readonly downstreamTiming = {} as DownstreamTiming;
  upstream = undefined;
  upstreamClusterInfo = undefined;
  readonly downstreamBytes = {} as BytesMeter;
  upstreamBytes = undefined;
  healthCheck = false;
  readonly #flags = new Set<ResponseFlag>();
  readonly #metadata = new Map<string, Struct>();

  readonly filterState = fakeFilterState();

  setResponseFlag(flag: ResponseFlag): void {
    this.#flags.add(flag);
  }

  hasResponseFlag(flag: ResponseFlag): boolean {
    return this.#flags.has(flag);
  }

  hasAnyResponseFlag(): boolean {
    return this.#flags.size > 0;
  }

  get responseFlags(): readonly ResponseFlag[] {
    return [...this.#flags];
  }

  dynamicMetadata(namespace: string): Struct | undefined {
    return this.#metadata.get(namespace);
  }

  setDynamicMetadata(namespace: string, value: Struct): void {
    this.#metadata.set(namespace, { ...this.#metadata.get(namespace), ...value });
  }

  dynamicMetadataEntries(): Iterable<readonly [string, Struct]> {
    return this.#metadata;
  }

  routeMetadata(): undefined {}

  virtualHostMetadata(): undefined {}
}

function fakeFilterState(): FilterState {
  const state = new Map<string, FilterStateObject>();
  return {
    get isEmpty() {
      return state.size === 0;
    },
    get: (name) => state.get(name),
    set: (name, value) => {
      state.set(name, value);
    },
  };
}
