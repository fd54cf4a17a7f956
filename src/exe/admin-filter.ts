import type { Buffer } from '../../sdk/buffer.ts';
import type { SchedulableCallback } from '../../sdk/event.ts';
import { defineHttpFilter, type HttpFilterExtension } from '../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  DownstreamWatermarkCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../sdk/http.ts';
import { SliceBuffer } from '../common/buffer/slice-buffer.ts';
import { ResponseHeaders } from '../common/headers/header-map.ts';
import { type AdminChunk, type AdminResponse, adminHeaders } from '../main/admin/admin-handler.ts';
import type { AdminRouter } from '../main/admin/admin-router.ts';

/** Name of the terminal filter that answers for the admin interface; it is registered for the admin listener alone. */
export const adminFilterName = 'nuncio.filters.http.admin';

/** Chunks are 64 KiB or less: a few take a millisecond or two. */
const chunksATurn = 4;

/** The admin pages as a terminal HTTP filter: the same connection and HTTP code as the data plane's serves them. */
export function adminFilter(router: AdminRouter): HttpFilterExtension<undefined> {
  return defineHttpFilter<undefined>({
    name: adminFilterName,
    configTypes: ['google.protobuf.Empty'],
    parseConfig: () => undefined,
    createFilterFactory: () => () => new AdminFilter(router),
    terminal: true,
  });
}

class AdminFilter implements HttpFilter, DownstreamWatermarkCallbacks {
  readonly #router: AdminRouter;
  #callbacks!: DecoderFilterCallbacks;
  #headers: RequestHeaderMap | undefined = undefined;
  #body = '';
  #chunks: Iterator<AdminChunk> | undefined = undefined;
  #afterwards: (() => void) | undefined = undefined;
  #blocked = 0;
  #next: SchedulableCallback | undefined = undefined;
  #destroyed = false;

  constructor(router: AdminRouter) {
    this.#router = router;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): FilterHeadersStatus {
    this.#headers = headers;
    if (endStream) this.#answer();
    return 'StopIteration';
  }

  decodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.#body += data.toString('utf8');
    if (this.#body.length > this.#callbacks.decoderBufferLimitBytes) {
      this.#callbacks.sendLocalReply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      return 'StopIterationNoBuffer';
    }
    if (endStream) this.#answer();
    return 'StopIterationNoBuffer';
  }

  decodeTrailers(): FilterTrailersStatus {
    this.#answer();
    return 'StopIteration';
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#blocked++;
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#blocked--;
    this.#pump();
  }

  onDestroy(): void {
    this.#destroyed = true;
    this.#next?.[Symbol.dispose]();
    this.#chunks?.return?.();
    this.#callbacks.removeDownstreamWatermarkCallbacks(this);
  }

  #answer(): void {
    const headers = this.#headers;
    if (headers === undefined) return;
    this.#headers = undefined;
    const request = {
      method: headers.method,
      path: headers.path,
      contentType: headers.get('content-type') ?? '',
      accept: headers.get('accept') ?? '',
      body: this.#body,
    };
    this.#send(this.#router.handle(request));
  }

  #send(response: AdminResponse): void {
    const headers = new ResponseHeaders();
    headers.status = response.status;
    for (const [name, value] of adminHeaders(response)) headers.add(name, value);
    this.#afterwards = response.afterwards;
    this.#chunks = typeof response.body === 'string' ? [response.body].values() : response.body[Symbol.iterator]();
    this.#callbacks.addDownstreamWatermarkCallbacks(this);
    this.#callbacks.encodeHeaders(headers, false, 'admin_filter_response');
    this.#pump();
  }

  /** Makes chunks while the peer takes them; after each few, others have their turn. */
  #pump(): void {
    for (let left = chunksATurn; left > 0; left--) {
      if (this.#chunks === undefined || this.#blocked > 0 || this.#destroyed) return;
      const { value, done } = this.#chunks.next();
      const data = new SliceBuffer();
      if (done === true) {
        this.#chunks = undefined;
        this.#callbacks.encodeData(data, true);
        this.#afterwards?.();
        return;
      }
      // An empty chunk is a pause: the page goes on when others have had their turn.
      if (value.length === 0) break;
      if (typeof value === 'string') data.addUtf8(value);
      else data.addFragment(value);
      this.#callbacks.encodeData(data, false);
    }
    this.#next ??= this.#callbacks.dispatcher.createSchedulableCallback(() => this.#pump());
    this.#next.scheduleCallbackNextIteration();
  }
}
