import type { DecoderFilterCallbacks, HttpFilter } from '../../sdk/http.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { ResponseHeaders } from '../../src/common/headers/header-map.ts';

/** The end of a filter chain, which the test answers through. */
export class TerminalFilter implements HttpFilter {
  callbacks!: DecoderFilterCallbacks;
  sawHeaders = false;
  body = '';
  ended = false;
  destroyed = 0;

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.callbacks = callbacks;
  }

  decodeHeaders(_headers: unknown, endStream: boolean) {
    this.sawHeaders = true;
    this.ended = endStream;
    return 'StopIteration' as const;
  }

  decodeData(data: { toString(): string }, endStream: boolean) {
    this.body += data.toString();
    this.ended = endStream;
    return 'StopIterationNoBuffer' as const;
  }

  decodeTrailers() {
    this.ended = true;
    return 'StopIteration' as const;
  }

  onDestroy(): void {
    this.destroyed++;
  }

  respond(status: number, body = ''): void {
    this.callbacks.encodeHeaders(ResponseHeaders.withStatus(status), body === '', 'via_upstream');
    if (body !== '') this.respondData(body, true);
  }

  respondHeaders(status: number, headers: Record<string, string> = {}): void {
    const response = ResponseHeaders.withStatus(status);
    for (const [name, value] of Object.entries(headers)) response.set(name, value);
    this.callbacks.encodeHeaders(response, false, 'via_upstream');
  }

  respondData(text: string, endStream: boolean): void {
    const data = new SliceBuffer();
    data.add(text);
    this.callbacks.encodeData(data, endStream);
  }
}

/** Makes terminal filters and remembers them. */
export class TerminalFilters {
  readonly all: TerminalFilter[] = [];
  readonly create = (): TerminalFilter => {
    const filter = new TerminalFilter();
    this.all.push(filter);
    return filter;
  };

  get last(): TerminalFilter {
    const filter = this.all.at(-1);
    if (filter === undefined) throw new Error('no stream has got this far');
    return filter;
  }
}
