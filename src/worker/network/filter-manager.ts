/** The network filters of one connection and the order in which they see bytes (Envoy's Network::FilterManagerImpl). */
import type { Buffer } from '../../../sdk/buffer.ts';
import type {
  Connection,
  DrainDecision,
  DrainWindow,
  FilterStatus,
  NetworkFilter,
  ReadFilterCallbacks,
  WriteFilterCallbacks,
} from '../../../sdk/network.ts';
import type { Host } from '../../../sdk/upstream.ts';

/** What the filter manager needs of the connection that owns it. */
export interface FilterManagerConnection extends Connection {
  /** Received bytes that no filter has taken yet. */
  readonly readBuffer: Buffer;
  /** Whether the peer's end of stream is to be told to the filters. */
  readonly readEndStream: boolean;
  readonly drainDecision: DrainDecision;
  /** The outermost walk over the read filters is over. */
  onReadDone(): void;
  /** Writes past the filters. */
  rawWrite(data: Buffer, endStream: boolean): void;
  /** A filter has thrown: the connection ends, and nothing else. */
  onFault(error: unknown): void;
}

/** A list that grows by copies has no room to spare, which would be most of it. */
const noWriteFilters: readonly ActiveWriteFilter[] = [];

/**
 * Read filters see bytes in the order in which they were added, write filters in the opposite one. A connection without
 * write filters pays nothing for them, and no chunk allocates anything.
 */
export class NetworkFilterManager {
  readonly #connection: FilterManagerConnection;
  #firstReadFilter: ActiveReadFilter | undefined = undefined;
  #writeFilters = noWriteFilters;
  upstreamHost: Host | undefined;
  /** Walks over the read filters that are under way: then somebody up the stack looks at the read buffer. */
  #readDepth = 0;

  constructor(connection: FilterManagerConnection) {
    this.#connection = connection;
  }

  get connection(): FilterManagerConnection {
    return this.#connection;
  }

  get isReading(): boolean {
    return this.#readDepth > 0;
  }

  /** Adds a filter to the directions whose hooks it has. */
  addFilter(filter: NetworkFilter): void {
    try {
      this.#add(filter);
    } catch (error) {
      this.#connection.onFault(error);
    }
  }

  #add(filter: NetworkFilter): void {
    if (filter.onWrite !== undefined) {
      const active = new ActiveWriteFilter(this, filter);
      this.#writeFilters = [active, ...this.#writeFilters];
      filter.initializeWriteFilterCallbacks?.(active);
    }
    if (filter.onData !== undefined || filter.onNewConnection !== undefined) {
      const active = new ActiveReadFilter(this, filter);
      this.#append(active);
      filter.initializeReadFilterCallbacks?.(active);
    }
  }

  #append(active: ActiveReadFilter): void {
    let last = this.#firstReadFilter;
    while (last?.next !== undefined) last = last.next;
    if (last === undefined) this.#firstReadFilter = active;
    else last.next = active;
  }

  /** Tells the filters of the new connection; false when there is no read filter. */
  initializeReadFilters(): boolean {
    if (this.#firstReadFilter === undefined) return false;
    this.#read(this.#firstReadFilter, undefined, this.#connection.readEndStream);
    return true;
  }

  /** The connection's read buffer has something new. */
  onRead(): void {
    this.#read(this.#firstReadFilter, this.#connection.readBuffer, this.#connection.readEndStream);
  }

  onWrite(data: Buffer, endStream: boolean): FilterStatus {
    return this.#writeFilters.length === 0 ? 'Continue' : this.#write(0, data, endStream);
  }

  continueReadingAfter(filter: ActiveReadFilter): void {
    this.#read(filter.next, this.#connection.readBuffer, this.#connection.readEndStream);
  }

  injectReadAfter(filter: ActiveReadFilter, data: Buffer, endStream: boolean): void {
    this.#read(filter.next, data, endStream);
  }

  injectWriteAfter(filter: ActiveWriteFilter, data: Buffer, endStream: boolean): void {
    if (this.#connection.state === 'Closed') return;
    const next = this.#writeFilters.indexOf(filter) + 1;
    if (this.#write(next, data, endStream) === 'Continue') this.#connection.rawWrite(data, endStream);
  }

  onDrain(window: DrainWindow): void {
    try {
      for (let active = this.#firstReadFilter; active !== undefined; active = active.next) active.onDrain(window);
    } catch (error) {
      this.#connection.onFault(error);
    }
  }

  /** @param data undefined = nothing has been received yet */
  #read(from: ActiveReadFilter | undefined, data: Buffer | undefined, endStream: boolean): void {
    this.#readDepth++;
    try {
      this.#walk(from, data, endStream);
    } catch (error) {
      this.#connection.onFault(error);
    }
    this.#readDepth--;
    if (this.#readDepth === 0) this.#connection.onReadDone();
  }

  #walk(from: ActiveReadFilter | undefined, data: Buffer | undefined, endStream: boolean): void {
    for (let active = from; active !== undefined; active = active.next) {
      if (this.#connection.state !== 'Open') return;
      if (!active.initialized && active.initialize() === 'StopIteration') return;
      if (this.#connection.state !== 'Open') return;
      if ((data === undefined || data.length === 0) && !endStream) continue;
      if (active.onData(data ?? this.#connection.readBuffer, endStream) === 'StopIteration') return;
    }
  }

  #write(from: number, data: Buffer, endStream: boolean): FilterStatus {
    const filters = this.#writeFilters;
    try {
      for (let i = from; i < filters.length; i++) {
        if (this.#connection.state !== 'Open') return 'StopIteration';
        if ((filters[i] as ActiveWriteFilter).onWrite(data, endStream) === 'StopIteration') return 'StopIteration';
      }
    } catch (error) {
      this.#connection.onFault(error);
      return 'StopIteration';
    }
    return 'Continue';
  }
}

class ActiveReadFilter implements ReadFilterCallbacks {
  readonly #manager: NetworkFilterManager;
  readonly #filter: NetworkFilter;
  /** Linked, so that bytes pass by no list on their way. */
  next: ActiveReadFilter | undefined = undefined;
  initialized = false;

  constructor(manager: NetworkFilterManager, filter: NetworkFilter) {
    this.#manager = manager;
    this.#filter = filter;
  }

  onDrain(window: DrainWindow): void {
    if (this.#manager.connection.state === 'Open') this.#filter.onDrain?.(window);
  }

  get connection(): Connection {
    return this.#manager.connection;
  }

  get drainDecision(): DrainDecision {
    return this.#manager.connection.drainDecision;
  }

  get upstreamHost(): Host | undefined {
    return this.#manager.upstreamHost;
  }

  set upstreamHost(host: Host | undefined) {
    this.#manager.upstreamHost = host;
  }

  initialize(): FilterStatus {
    this.initialized = true;
    return this.#filter.onNewConnection?.() ?? 'Continue';
  }

  onData(data: Buffer, endStream: boolean): FilterStatus {
    return this.#filter.onData?.(data, endStream) ?? 'Continue';
  }

  continueReading(): void {
    this.#manager.continueReadingAfter(this);
  }

  injectReadDataToFilterChain(data: Buffer, endStream: boolean): void {
    this.#manager.injectReadAfter(this, data, endStream);
  }
}

class ActiveWriteFilter implements WriteFilterCallbacks {
  readonly #manager: NetworkFilterManager;
  readonly #filter: NetworkFilter;

  constructor(manager: NetworkFilterManager, filter: NetworkFilter) {
    this.#manager = manager;
    this.#filter = filter;
  }

  get connection(): Connection {
    return this.#manager.connection;
  }

  onWrite(data: Buffer, endStream: boolean): FilterStatus {
    return this.#filter.onWrite?.(data, endStream) ?? 'Continue';
  }

  injectWriteDataToFilterChain(data: Buffer, endStream: boolean): void {
    this.#manager.injectWriteAfter(this, data, endStream);
  }
}
