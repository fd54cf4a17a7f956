import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
  HttpFilterChainEntry,
  LocalReply,
  StreamFilterCallbacks,
  UpstreamStreamFilterCallbacks,
} from '../../../sdk/http.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { Route } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';
import type { FilterManager } from './filter-manager.ts';

type IterationState = 'Continue' | 'StopSingleIteration' | 'StopAllBuffer' | 'StopAllWatermark';

/**
 * A filter's place in one direction of a stream (Envoy's ActiveStreamFilterBase): where its iteration stands, and the
 * callbacks that it holds. What the two directions do alike when a hook has answered is here.
 */
export abstract class ActiveFilter implements StreamFilterCallbacks {
  // Declared alone, and no method private: V8 makes `super()` part of its caller for a class without either, and calls the
  // runtime for any other.
  declare readonly manager: FilterManager;
  declare readonly handle: HttpFilter;
  declare readonly entry: HttpFilterChainEntry;
  /** The end of the stream has been handed to this filter. */
  declare endStream: boolean;
  /** A filter that stopped everything is asked again itself when it continues. */
  declare iterateFromCurrent: boolean;
  declare protected iterationState: IterationState;
  declare protected headersContinued: boolean;

  constructor(manager: FilterManager, handle: HttpFilter, entry: HttpFilterChainEntry) {
    this.manager = manager;
    this.handle = handle;
    this.entry = entry;
    this.endStream = false;
    this.iterateFromCurrent = false;
    this.iterationState = 'Continue';
    this.headersContinued = false;
  }

  protected abstract canContinue(): boolean;
  protected abstract get bufferedData(): Buffer | undefined;
  protected abstract createBufferedData(): Buffer;
  protected abstract get complete(): boolean;
  protected abstract get hasTrailers(): boolean;
  protected abstract set streaming(streaming: boolean);
  /** Goes on with what stopped before the headers; false when the headers have not come yet. */
  protected abstract continueInformational(): boolean;
  protected abstract doHeaders(endStream: boolean): void;
  protected abstract doData(endStream: boolean): void;
  protected abstract doTrailers(): void;

  get canIterate(): boolean {
    return this.iterationState === 'Continue';
  }

  get stoppedAll(): boolean {
    return this.iterationState === 'StopAllBuffer' || this.iterationState === 'StopAllWatermark';
  }

  /** As if the filter had stopped, so that it can be continued with data that was added while headers went by. */
  continueWithAddedData(): void {
    this.iterationState = 'StopSingleIteration';
    this.commonContinue();
  }

  protected commonContinue(): void {
    if (!this.canContinue()) return;
    if (this.stoppedAll) this.iterateFromCurrent = true;
    this.iterationState = 'Continue';
    if (!this.continueInformational()) return;
    if (!this.headersContinued) {
      this.headersContinued = true;
      this.doHeaders(this.complete && this.bufferedData === undefined && !this.hasTrailers);
    }
    // Trailers that a filter adds while data goes by are continued by doData itself.
    const hadTrailers = this.hasTrailers;
    if (this.bufferedData !== undefined) this.doData(this.complete && !hadTrailers);
    if (hadTrailers) this.doTrailers();
    this.iterateFromCurrent = false;
  }

  /** Whether iteration goes on with the next filter. The caller clears its end of stream on ContinueAndDontEndStream. */
  afterHeaders(status: FilterHeadersStatus): boolean {
    switch (status) {
      case 'Continue':
      case 'ContinueAndDontEndStream':
        this.headersContinued = true;
        return true;
      case 'StopIteration':
        this.iterationState = 'StopSingleIteration';
        return false;
      case 'StopAllIterationAndBuffer':
        this.iterationState = 'StopAllBuffer';
        return false;
      case 'StopAllIterationAndWatermark':
        this.iterationState = 'StopAllWatermark';
        return false;
    }
  }

  afterData(status: FilterDataStatus, data: Buffer): boolean {
    if (status === 'Continue') {
      if (this.iterationState !== 'StopSingleIteration') return true;
      this.bufferData(data);
      this.commonContinue();
      return false;
    }
    this.iterationState = 'StopSingleIteration';
    if (status !== 'StopIterationNoBuffer') {
      this.streaming = status === 'StopIterationAndWatermark';
      this.bufferData(data);
    } else if (this.mustRememberEnd()) {
      this.createBufferedData();
    }
    return false;
  }

  afterTrailers(status: FilterTrailersStatus): boolean {
    if (status === 'Continue') {
      if (this.iterationState !== 'StopSingleIteration') return true;
      this.commonContinue();
      return false;
    }
    if (this.canIterate) this.iterationState = 'StopSingleIteration';
    return false;
  }

  /** True when the filter has stopped everything: the data waits in the buffer then. */
  holdDataIfStoppedAll(data: Buffer): boolean {
    if (!this.stoppedAll) return false;
    this.streaming = this.iterationState === 'StopAllWatermark';
    this.bufferData(data);
    return true;
  }

  bufferData(data: Buffer): void {
    if (this.bufferedData === data) return;
    (this.bufferedData ?? this.createBufferedData()).move(data);
  }

  /** An empty last frame that was not buffered must come again, with its end of stream, when the filter continues. */
  protected mustRememberEnd(): boolean {
    return this.complete && !this.hasTrailers && this.bufferedData === undefined && !this.manager.destroyed;
  }

  // StreamFilterCallbacks

  get connection(): Connection | undefined {
    return this.manager.callbacks.connection;
  }

  get upstreamCallbacks(): UpstreamStreamFilterCallbacks | undefined {
    return this.manager.callbacks.upstreamCallbacks;
  }

  get dispatcher(): Dispatcher {
    return this.manager.filterDispatcher;
  }

  get streamInfo(): StreamInfo {
    return this.manager.streamInfo;
  }

  get streamId(): number {
    return this.manager.callbacks.streamId;
  }

  get filterConfigName(): string {
    return this.entry.configName;
  }

  route(): Route | undefined {
    return this.manager.callbacks.route();
  }

  clusterInfo(): ClusterInfo | undefined {
    return this.manager.callbacks.clusterInfo();
  }

  setRoute(route: Route | undefined): void {
    this.manager.callbacks.setRoute(route);
  }

  clearRouteCache(): void {
    this.manager.callbacks.clearRouteCache();
  }

  perRouteConfig<C>(): C | undefined {
    const route = this.route();
    if (route === undefined) return undefined;
    const { configName, filterName } = this.entry;
    const found = route.perFilterConfig(configName);
    if (found !== undefined || filterName === configName) return found as C | undefined;
    return route.perFilterConfig(filterName) as C | undefined;
  }

  perRouteConfigs<C>(): readonly C[] {
    const route = this.route();
    if (route === undefined) return [];
    const { configName, filterName } = this.entry;
    const found = route.perFilterConfigs(configName);
    if (found.length > 0 || filterName === configName) return found as readonly C[];
    return route.perFilterConfigs(filterName) as readonly C[];
  }

  resetStream(reason: StreamResetReason = 'LocalReset', details = ''): void {
    this.manager.resetStream(reason, details);
  }

  sendLocalReply(reply: LocalReply): void {
    this.manager.callbacks.sendLocalReplyWith(reply);
  }

  get requestHeaders(): RequestHeaderMap | undefined {
    return this.manager.requestHeaders;
  }

  get requestTrailers(): HeaderMap | undefined {
    return this.manager.requestTrailers;
  }

  get informationalHeaders(): ResponseHeaderMap | undefined {
    return this.manager.informationalHeaders;
  }

  get responseHeaders(): ResponseHeaderMap | undefined {
    return this.manager.responseHeaders;
  }

  get responseTrailers(): HeaderMap | undefined {
    return this.manager.responseTrailers;
  }
}
