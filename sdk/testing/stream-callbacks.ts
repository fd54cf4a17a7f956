import type { StreamResetReason } from '../codec.ts';
import type { Dispatcher } from '../event.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../headers.ts';
import type { LocalReply, StreamFilterCallbacks } from '../http.ts';
import type { Route } from '../router.ts';
import type { Direction } from './direction.ts';
import { FakeStreamInfo } from './fake-stream-info.ts';

interface Stream {
  readonly request: Direction;
  readonly response: Direction;
  sendLocalReply(reply: LocalReply): void;
  resetStream(reason: StreamResetReason): void;
}

/** What decoder and encoder callbacks have in common. Time and connections are for tests in the proxy. */
export function fakeStreamCallbacks(
  stream: Stream,
  { perRoute, route }: { readonly perRoute?: unknown; readonly route?: Route },
): StreamFilterCallbacks & { sendLocalReply(reply: LocalReply): void } {
  let current = route;
  return {
    connection: undefined,
    upstreamCallbacks: undefined,
    get dispatcher(): Dispatcher {
      throw new Error('this harness has no dispatcher: give the filter one, or test it in the proxy');
    },
    streamInfo: new FakeStreamInfo(),
    streamId: 1,
    filterConfigName: 'filter',
    route: () => current,
    clusterInfo: () => undefined,
    setRoute: (next) => {
      current = next;
    },
    clearRouteCache() {},
    perRouteConfig: <C>() => perRoute as C | undefined,
    perRouteConfigs: <C>() => (perRoute === undefined ? [] : [perRoute as C]),
    resetStream: (reason = 'LocalReset') => stream.resetStream(reason),
    sendLocalReply: (reply) => stream.sendLocalReply(reply),
    get requestHeaders() {
      return stream.request.currentHeaders as RequestHeaderMap | undefined;
    },
    get requestTrailers() {
      return stream.request.currentTrailers;
    },
    informationalHeaders: undefined,
    get responseHeaders() {
      return stream.response.currentHeaders as ResponseHeaderMap | undefined;
    },
    get responseTrailers() {
      return stream.response.currentTrailers;
    },
  };
}
