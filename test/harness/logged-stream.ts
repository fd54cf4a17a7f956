import { ConfigContext, ConfigErrorCollector, type ConfigResources } from '../../sdk/config.ts';
import type { LogContext } from '../../sdk/extension.ts';
import { RequestHeaders, ResponseHeaders } from '../../src/common/headers/header-map.ts';
import { IpAddress } from '../../src/common/network/address.ts';
import { StreamRecord } from '../../src/common/stream-info/stream-record.ts';
import { SocketConnectionInfo } from '../../src/worker/network/connection-info.ts';

/** Of 2026-11-21T12:06:02.124479Z. */
export const logTimeMs = 1_795_262_762_124.479;

/** A request as a log sees it: plain, of 127.0.0.1:35948 to 127.0.0.1:10000, five ms old. */
export function loggedStream(
  requestHeaders: Readonly<Record<string, string>> = {},
  responseHeaders: Readonly<Record<string, string>> = {},
): { readonly context: LogContext; readonly info: StreamRecord } {
  const connection = new SocketConnectionInfo(7, new IpAddress('127.0.0.1', 10000), new IpAddress('127.0.0.1', 35948));
  const clock = { systemTimeMs: () => logTimeMs, monotonicTimeMs: () => 1000 };
  const info = new StreamRecord(clock, connection);
  info.requestCompleteMs = 1005.75;
  const request = new RequestHeaders();
  for (const [name, value] of Object.entries(requestHeaders)) request.add(name, value);
  const response = new ResponseHeaders();
  for (const [name, value] of Object.entries(responseHeaders)) response.add(name, value);
  return {
    info,
    context: {
      requestHeaders: request,
      responseHeaders: response,
      responseTrailers: undefined,
      localReplyBody: 'no',
      accessLogType: 'DownstreamEnd',
    },
  };
}

/** A place in a configuration, and what was found wrong there. */
export function testConfig(resources?: ConfigResources): {
  readonly ctx: ConfigContext;
  readonly faults: () => readonly string[];
} {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', undefined, undefined, resources);
  return { ctx, faults: () => collector.problems.map((problem) => problem.message) };
}
