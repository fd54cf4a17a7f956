import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loggedStream, testConfig } from '../../../test/harness/logged-stream.ts';
import { RouteResolutionTime } from '../stream-info/route-resolution-time.ts';
import { UpstreamRecord } from '../stream-info/upstream-info.ts';
import { toByteText } from './byte-text.ts';
import { builtinCommands } from './commands/builtin-commands.ts';
import { defaultLogFormat, type FormatOptions, parseFormat } from './formatter.ts';

const resources = {
  readFile: () => ({ error: 'none' }),
  environmentVariable: (name: string) => (name === 'SHELL' ? 'börse' : undefined),
  hostname: 'vm',
  uuid: () => 'a-uuid',
};

const stream = loggedStream(
  { ':method': 'GET', ':path': '/p/a?q=v%20w&e=&q=2', ':authority': 'h:80', 'x-a': 'val a', 'x-bin': '\xe9"' },
  { 'x-resp': 'r1' },
);

function format(text: string, options: FormatOptions = {}): string {
  const { ctx, faults } = testConfig(resources);
  const formatter = parseFormat(text, ctx, options);
  assert.deepEqual(faults(), []);
  return formatter.format(stream.context, stream.info);
}

// As recorded from Envoy 1.40.
const faultOf: readonly (readonly [string, string])[] = [
  ['%', "Incorrect configuration: %. Couldn't find valid command at position 0"],
  ['a%b', "Incorrect configuration: a%b. Couldn't find valid command at position 1"],
  ['é%b', "Incorrect configuration: é%b. Couldn't find valid command at position 2"],
  ['%REQ(x', "Incorrect configuration: %REQ(x. Couldn't find valid command at position 0"],
  ['%REQ(x):-1%', "Incorrect configuration: %REQ(x):-1%. Couldn't find valid command at position 0"],
  [
    '%REQ(x):99999999999999999999999%',
    "Incorrect configuration: %REQ(x):99999999999999999999999%. Couldn't find valid command at position 0",
  ],
  ['%REQ(x)%%', "Incorrect configuration: %REQ(x)%%. Couldn't find valid command at position 8"],
  ['%req(x)%', "Incorrect configuration: %req(x)%. Couldn't find valid command at position 0"],
  ['%CLUSTER_METADATA(a):5%', 'CLUSTER_METADATA does not allow length to be specified.'],
  ['%REQ%', 'REQ requires parameters'],
  ['%REQ()%', 'REQ requires parameters'],
  ['%REQ(x?y?z)%', 'More than 1 alternative header specified in token: x?y?z'],
  ['%REQ(x y)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ(:)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ(a)b)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%RESPONSE_CODE:2%', 'RESPONSE_CODE does not take any parameters or length'],
  ['%START_TIME:5%', 'START_TIME does not allow length to be specified.'],
  ['%START_TIME(%n)%', 'Invalid header configuration. Format string contains newline.'],
  ['%GRPC_STATUS(x)%', 'GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: x'],
  ['%FILTER_STATE%', 'Invalid filter state configuration, key cannot be empty.'],
  ['%FILTER_STATE(a:X)%', 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.'],
  ['%FILTER_STATE(a:FIELD)%', 'Invalid filter state serialize type, FIELD should be used with the field name.'],
  ['%COMMON_DURATION(a)%', 'Invalid common duration configuration: a.'],
  ['%COMMON_DURATION(a:b:xs)%', 'Invalid common duration precision: xs.'],
  ['%COMMON_DURATION(a:b:ms:c)%', 'Invalid common duration configuration: a:b:ms:c.'],
  ['%PATH(x)%', "Invalid PATH option: 'x', only 'WQ'/'NQ' are allowed"],
  ['%PATH(NQ:X)%', "Invalid PATH option: 'X', only 'ORIG'/'PATH'/'ORIG_OR_PATH' are allowed"],
  ['%METADATA(FOO:a)%', 'FOO is not supported type of metadata'],
  ['%METADATA%', ' is not supported type of metadata'],
  ['%COALESCE({})%', "COALESCE: JSON configuration must contain 'operators' array"],
  ['%COALESCE({"operators":[]})%', "COALESCE: 'operators' array must not be empty"],
  ['%COALESCE({"operators":["FOO"]})%', "COALESCE: failed to parse operator at index 0: unknown command: 'FOO'"],
  ['%COALESCE({"operators":["REQ"]})%', 'COALESCE: failed to parse operator at index 0: REQ requires parameters'],
  ['%NOPE%', 'Not supported field in StreamInfo: NOPE'],
];

describe('faults have the words of Envoy', () => {
  for (const [text, fault] of faultOf) {
    test(text, () => {
      const { ctx, faults } = testConfig();
      parseFormat(text, ctx);
      assert.deepEqual(faults(), [fault]);
    });
  }
});

test('percent signs are doubled, texts without a command are constant', () => {
  const { ctx } = testConfig();
  assert.equal(parseFormat('100%%', ctx).constant, '100%');
  assert.equal(parseFormat('%PROTOCOL%', ctx).constant, undefined);
  assert.equal(format('%HOSTNAME%%%'), 'vm%');
});

test('headers: the alternative, the length, what is absent', () => {
  assert.equal(format('%REQ(X-A)%|%REQ(none?x-a):2%|%REQ(x-a):0%|%REQ(none)%|%RESP(x-resp)%'), 'val a|va||-|r1');
  assert.equal(format('%REQ(none)%|%RESPONSE_FLAGS%', { omitEmptyValues: true }), '|-');
});

test('the result is bytes: UTF-8 of the configuration beside the bytes of a header', () => {
  assert.equal(format('é[%REQ(x-bin)%][%ENVIRONMENT(SHELL):3%]'), '\xc3\xa9[\xe9"][b\xc3\xb6]');
  assert.equal(format('%ENVIRONMENT(NONE)%', { omitEmptyValues: true }), '-');
  assert.equal(toByteText('é'), '\xc3\xa9');
});

test('path and query', () => {
  assert.equal(format('%PATH%|%PATH(NQ)%|%PATH(WQ:ORIG)%|%PATH(:PATH):4%'), '/p/a?q=v%20w&e=&q=2|/p/a|-|/p/a');
  assert.equal(
    format('%QUERY_PARAM(q)%|%QUERY_PARAM(e)%|%QUERY_PARAM(none)%|%QUERY_PARAM(q):2%|%QUERY_PARAMS:6%'),
    'v w||-|v |q=v%20',
  );
  assert.equal(format('%REQUESTED_SERVER_NAME%|%REQUESTED_SERVER_NAME(SNI_FIRST)%'), '-|h:80');
});

test('a server name that is no host name says so', () => {
  const { downstreamConnection } = stream.info;
  for (const [name, expected] of [
    ['a_b.test', 'a_b.test'],
    ['*.a|\xff', 'invalid:_.a__'],
  ] as const) {
    downstreamConnection.requestedServerName = name;
    const text = format('%REQUESTED_SERVER_NAME%');
    downstreamConnection.requestedServerName = '';
    assert.equal(text, expected);
  }
});

// Recorded from Envoy 1.40.
test('a decoded query keeps what a URL cannot hold', () => {
  const decoded = (path: string): string => {
    const { context, info } = loggedStream({ ':path': path });
    return parseFormat('%QUERY_PARAMS(DECODED)%', testConfig().ctx).format(context, info);
  };
  assert.equal(decoded('/a?q=%41%20%2b%2F%3d%26%25'), 'q=A%20+/=&%');
  assert.equal(decoded('/a?q=%zz%4'), 'q=zz%4');
  assert.equal(decoded('/a?q=%C3%A9%7f%22%3c'), 'q=%C3%A9%7f%22%3c');
  assert.equal(decoded('/a?'), '');
  assert.equal(decoded('/a'), '-');
});

test('addresses: whole, masked, ports', () => {
  assert.equal(format('%DOWNSTREAM_REMOTE_ADDRESS%|%DOWNSTREAM_LOCAL_PORT%'), '127.0.0.1:35948|10000');
  assert.equal(
    format(
      ['', '(16)', '(33)', '(x)', '(0)'].map((bits) => `%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT${bits}%`).join(' '),
    ),
    '127.0.0.1 127.0.0.0/16 127.0.0.1/32 127.0.0.1 0.0.0.0/0',
  );
  assert.equal(format('%UPSTREAM_HOST%|%UPSTREAM_REMOTE_PORT%|%UPSTREAM_LOCAL_ADDRESS%'), '-|-|-');
});

test('what a stream without an upstream knows', () => {
  assert.equal(
    format('%DURATION% %RESPONSE_CODE% %UPSTREAM_CONNECTION_ID% %CONNECTION_ID% %UNIQUE_ID% %ACCESS_LOG_TYPE%'),
    '5 0 0 7 a-uuid DownstreamEnd',
  );
  assert.equal(
    format('%REQUEST_DURATION%|%CUSTOM_FLAGS%|%DOWNSTREAM_TLS_VERSION%|%UPSTREAM_WIRE_BYTES_SENT%'),
    '-||-|0',
  );
});

test('response flags, details and durations', () => {
  const { context, info } = loggedStream();
  info.setResponseFlag('UF');
  info.setResponseFlag('URX');
  info.responseCodeDetails = 'a b\tc';
  info.downstreamTiming.lastDownstreamRxByteReceivedMs = 1002.5;
  const { ctx } = testConfig();
  const text =
    '%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG% %RESPONSE_CODE_DETAILS% %REQUEST_DURATION% ' +
    '%COMMON_DURATION(DS_RX_BEG:DS_RX_END:us)% %COMMON_DURATION(DS_RX_END:DS_RX_BEG)%';
  assert.equal(
    parseFormat(text, ctx).format(context, info),
    'UF,URX UpstreamConnectionFailure,UpstreamRetryLimitExceeded a_b_c 2 2500 -',
  );
});

test('the gRPC status is of gRPC requests only', () => {
  const type = { 'content-type': 'application/grpc+proto' };
  const grpc = loggedStream({ ...type, ':path': '/s/m' }, { 'grpc-status': '4' });
  const withoutPath = loggedStream({ ...type, ':path': '' }, { 'grpc-status': '4' });
  const { ctx } = testConfig();
  const formatter = parseFormat('%GRPC_STATUS%|%GRPC_STATUS(SNAKE_STRING)%|%GRPC_STATUS_NUMBER%', ctx);
  assert.equal(formatter.format(grpc.context, grpc.info), 'DeadlineExceeded|DEADLINE_EXCEEDED|4');
  assert.equal(formatter.format(withoutPath.context, withoutPath.info), '-|-|-');
  assert.equal(formatter.format(stream.context, stream.info), '-|-|-');
});

test('metadata: whole objects with sorted fields, values at a path', () => {
  const { context, info } = loggedStream();
  info.setDynamicMetadata('ns', { k: 'v w', b: true, n: 1.5, s: { in: 'val' }, l: [1, { q: null }], z: null });
  const { ctx } = testConfig();
  const of = (text: string): string => parseFormat(text, ctx).format(context, info);
  assert.equal(
    of('%DYNAMIC_METADATA(ns)%'),
    '{"b":true,"k":"v w","l":[1,{"q":null}],"n":1.5,"s":{"in":"val"},"z":null}',
  );
  assert.equal(
    of('%DYNAMIC_METADATA(ns:k)%|%METADATA(DYNAMIC:ns:s:in):2%|%DYNAMIC_METADATA(ns):9%'),
    'v w|va|{"b":true',
  );
  assert.equal(of('%DYNAMIC_METADATA(ns:z)%|%DYNAMIC_METADATA(ns:k:x)%|%DYNAMIC_METADATA(none)%'), '-|-|-');
});

test('filter state: plain, as JSON, a field', () => {
  const { context, info } = loggedStream();
  info.filterState.set('o', { serializeAsString: () => 'text', serializeAsValue: () => 'text', getField: () => 5 });
  const { ctx } = testConfig();
  const formatter = parseFormat(
    '%FILTER_STATE(o:PLAIN):2% %FILTER_STATE(o)% %FILTER_STATE(o:FIELD:f)% %FILTER_STATE(p)%',
    ctx,
  );
  assert.equal(formatter.format(context, info), 'te "text" 5 -');
});

test('COALESCE gives the first that is not empty', () => {
  assert.equal(
    format('%COALESCE({"operators":["REQUESTED_SERVER_NAME",{"command":"REQ","param":":authority"}]}):2%'),
    'h:',
  );
  assert.equal(format('%COALESCE({"operators":[{"command":"REQ","param":"none"}]})%'), '-');
});

test('the default line of access logs', () => {
  assert.equal(
    format(defaultLogFormat),
    '[2026-11-21T12:06:02.124Z] "GET /p/a?q=v%20w&e=&q=2 -" 0 - 0 0 5 - "-" "-" "-" "h:80" "-"\n',
  );
});

test('no command of a plaintext stream throws, bare or with a parameter', () => {
  for (const name of builtinCommands.keys()) {
    for (const text of [`%${name}%`, `%${name}(a:b)%`]) {
      const formatter = parseFormat(text, testConfig(resources).ctx);
      assert.equal(typeof formatter.format(stream.context, stream.info), 'string');
    }
  }
});

test('how long routes took to find is told once a format asks for it', () => {
  const time = new RouteResolutionTime();
  const shared = <T>() => time as T;
  const parse = (text: string) => parseFormat(text, testConfig({ ...resources, shared }).ctx);
  parse('%ROUTE_NAME%');
  assert.equal(time.isAsked, false);
  const formatter = parse('%ROUTE_RESOLUTION_TIME_US%');
  assert.equal(time.isAsked, true);
  const { context, info } = loggedStream();
  info.routeResolutions = 1;
  info.routeResolutionMs = 0.0129;
  assert.equal(formatter.format(context, info), '12');
});

test('a request of its own has no detected close type, a connection has', () => {
  const { context, info } = loggedStream();
  const { ctx } = testConfig();
  const formatter = parseFormat('%DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE%', ctx);
  info.upstream = new UpstreamRecord();
  assert.equal(formatter.format(context, info), 'Normal Normal');
  info.detectedCloseType = 'LocalReset';
  info.upstream.detectedCloseType = 'RemoteReset';
  assert.equal(formatter.format(context, info), 'LocalReset RemoteReset');
});

test('metadata of the filter chain that was found', () => {
  const { context, info } = loggedStream();
  Object.assign(info.downstreamConnection, { filterChainMetadata: new Map([['n', { a: { b: 'c' } }]]) });
  const format = parseFormat(
    '%METADATA(LISTENER_FILTER_CHAIN:n:a:b)% %METADATA(LISTENER_FILTER_CHAIN:m)%',
    testConfig().ctx,
  );
  assert.equal(format.format(context, info), 'c -');
});
