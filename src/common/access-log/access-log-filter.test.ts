import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { LogContext, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { TraceReason } from '../../../sdk/stream-info.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../test/harness/logged-stream.ts';
import { parseProtoJson } from '../proto/parse-proto-json.ts';
import type { StreamRecord } from '../stream-info/stream-record.ts';
import { parseAccessLogFilter } from './access-log-filter.ts';

const { types } = configReader([]);
type Json = Parameters<typeof parseProtoJson>[2];

function parse(json: Json) {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', types);
  const message = parseProtoJson(types, types.requireMessage('envoy.config.accesslog.v3.AccessLogFilter'), json, ctx);
  const filter = parseAccessLogFilter(message as never, ctx);
  return { filter, problems: collector.problems.map(({ message: text }) => text) };
}

const draws: { random: number | undefined; key: string }[] = [];
const context = {
  runtime: {
    snapshot: {
      getInteger: (key: string, fallback: number) => (key === 'raised' ? 500 : fallback),
      featureEnabled: (key: string, numerator: number, denominator = 100, random?: number) => {
        draws.push({ key, random });
        return (random ?? 0) % denominator < numerator;
      },
    },
  },
  random: { random: () => 99, uuid: () => '' },
} as unknown as ServerFactoryContext;

function passes(
  json: Json,
  change: (info: StreamRecord, log: { -readonly [K in keyof LogContext]: LogContext[K] }) => void,
): boolean {
  const { filter, problems } = parse(json);
  assert.deepEqual(problems, []);
  const stream = loggedStream({ 'x-a': 'b', ':path': '/' });
  const log = { ...stream.context };
  change(stream.info, log);
  return filter(context).evaluate(log, stream.info);
}

const nothing = (): void => {};
const code =
  (value: number) =>
  (info: StreamRecord): void => {
    info.responseCode = value;
  };

test('status codes are compared with a number that runtime may replace', () => {
  const filter = (op: string, value: number, key = 'none'): Json => ({
    status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: key } } },
  });
  assert.equal(passes(filter('GE', 400), code(400)), true);
  assert.equal(passes(filter('GE', 400), code(399)), false);
  assert.equal(passes(filter('GE', 400, 'raised'), code(404)), false);
  assert.equal(passes(filter('LE', 400), code(400)), true);
  assert.equal(passes(filter('EQ', 0), nothing), true);
  assert.equal(passes(filter('NE', 200), code(200)), false);
});

test('durations are whole milliseconds of requests that ended', () => {
  const filter: Json = { duration_filter: { comparison: { op: 'EQ', value: { default_value: 5, runtime_key: 'k' } } } };
  assert.equal(passes(filter, nothing), true);
  const unfinished = (info: StreamRecord): void => {
    info.requestCompleteMs = undefined;
  };
  assert.equal(passes(filter, unfinished), false);
});

test('health checks are left out', () => {
  assert.equal(passes({ not_health_check_filter: {} }, nothing), true);
  const check = (info: StreamRecord): void => {
    info.healthCheck = true;
  };
  assert.equal(passes({ not_health_check_filter: {} }, check), false);
});

test('the draw of the runtime filter is the request id, unless it is to be independent', () => {
  const filter = { runtime_key: 'k', percent_sampled: { numerator: 50, denominator: 'HUNDRED' } };
  const id = (info: StreamRecord): void => {
    info.requestId = '00000001-0000-4000-8000-000000000000';
  };
  assert.equal(passes({ runtime_filter: filter }, id), true);
  assert.equal(passes({ runtime_filter: { ...filter, use_independent_randomness: true } }, id), false);
  assert.deepEqual(draws.at(-1), { key: 'k', random: 99 });
});

test('and, or', () => {
  const health = { not_health_check_filter: {} };
  const never = { response_flag_filter: {} };
  assert.equal(passes({ and_filter: { filters: [health, never] } }, nothing), false);
  assert.equal(passes({ or_filter: { filters: [never, health] } }, nothing), true);
});

test('headers of the request', () => {
  const filter = (exact: string): Json => ({ header_filter: { header: { name: 'x-a', string_match: { exact } } } });
  assert.equal(passes(filter('b'), nothing), true);
  assert.equal(passes(filter('c'), nothing), false);
});

test('a request that came to nothing has no headers: an inverted match holds', () => {
  const inverted: Json = { header_filter: { header: { name: 'x-a', present_match: true, invert_match: true } } };
  const without = (_info: StreamRecord, log: { requestHeaders: LogContext['requestHeaders'] }): void => {
    log.requestHeaders = undefined;
  };
  assert.equal(passes(inverted, without), true);
  assert.equal(passes(inverted, nothing), false);
});

test('response flags: one of them, or any', () => {
  const flag = (info: StreamRecord): void => info.setResponseFlag('UF');
  assert.equal(passes({ response_flag_filter: { flags: ['UO', 'UF'] } }, flag), true);
  assert.equal(passes({ response_flag_filter: { flags: ['UO'] } }, flag), false);
  assert.equal(passes({ response_flag_filter: {} }, flag), true);
  assert.equal(passes({ response_flag_filter: {} }, nothing), false);
});

test('gRPC status: of the headers, else of the HTTP status; a 200 without one is UNKNOWN', () => {
  const filter: Json = { grpc_status_filter: { statuses: ['UNKNOWN'] } };
  assert.equal(passes(filter, code(200)), true);
  assert.equal(passes(filter, code(503)), false);
  assert.equal(passes({ grpc_status_filter: { statuses: ['UNAVAILABLE'], exclude: true } }, code(503)), false);
});

test('log types', () => {
  assert.equal(passes({ log_type_filter: { types: ['DownstreamEnd'] } }, nothing), true);
  assert.equal(passes({ log_type_filter: { types: ['DownstreamEnd'], exclude: true } }, nothing), false);
  assert.equal(passes({ log_type_filter: { types: ['TcpPeriodic'] } }, nothing), false);
});

test('dynamic metadata, and what is said where the key is not set', () => {
  const matcher = (value: Json): Json => ({
    metadata_filter: { matcher: { filter: 'ns', path: [{ key: 'a' }, { key: 'b' }], value } },
  });
  const set = (value: number | string | null | readonly number[]) => (info: StreamRecord) =>
    info.setDynamicMetadata('ns', { a: { b: value } });
  assert.equal(passes(matcher({ double_match: { exact: 5 } }), set(5)), true);
  assert.equal(passes(matcher({ double_match: { range: { start: 5, end: 6 } } }), set(6)), false);
  assert.equal(passes(matcher({ string_match: { prefix: 'x' } }), set('xy')), true);
  assert.equal(passes(matcher({ bool_match: true }), set('true')), false);
  assert.equal(passes(matcher({ null_match: {} }), set(null)), true);
  assert.equal(passes(matcher({ list_match: { one_of: { double_match: { exact: 2 } } } }), set([1, 2])), true);
  assert.equal(passes(matcher({ double_match: { exact: 5 } }), nothing), true);
  const strict = {
    metadata_filter: { matcher: { filter: 'ns', path: [{ key: 'a' }] }, match_if_key_not_found: false },
  };
  assert.equal(passes(strict, nothing), false);
});

test('of traced requests those count that an internal client asked for', () => {
  const because = (reason: TraceReason) => (info: StreamRecord) => {
    info.traceReason = reason;
  };
  assert.equal(passes({ traceable_filter: {} }, because('ServiceForced')), true);
  assert.equal(passes({ traceable_filter: {} }, because('Sampling')), false);
});

test('filters that are not there yet are refused by name', () => {
  assert.deepEqual(parse({ extension_filter: { name: 'x' } }).problems, [
    "Didn't find a registered implementation for 'x' with type URL: ''",
  ]);
});
