import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
const NAME = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

function parse(fields: object) {
  const typedExtensionProtocolOptions = { [NAME]: { '@type': `type.googleapis.com/${NAME}`, ...fields } };
  return reader.config(reader.message({ name: 'c', typedExtensionProtocolOptions })).http;
}

test('limits of connections and streams', () => {
  const http = parse({
    commonHttpProtocolOptions: {
      idleTimeout: '0s',
      maxConnectionDuration: '3s',
      maxStreamDuration: '4s',
      maxHeadersCount: 5,
    },
    explicitHttpConfig: { httpProtocolOptions: {} },
  });
  assert.equal(http.idleTimeoutMs, 0);
  assert.equal(http.maxConnectionDurationMs, 3000);
  assert.equal(http.maxStreamDurationMs, 4000);
  assert.equal(http.maxResponseHeadersCount, 5);
});

test('HTTP/1 options, explicit or for the downstream protocol', () => {
  const httpProtocolOptions = { allowChunkedLength: true, sendFullyQualifiedUrl: true };
  const expected = {
    headerKeyFormat: { kind: 'default' },
    enableTrailers: false,
    allowChunkedLength: true,
    sendFullyQualifiedUrl: true,
  };
  assert.deepEqual(parse({ explicitHttpConfig: { httpProtocolOptions } }).http1, expected);
  assert.deepEqual(parse({ useDownstreamProtocolConfig: { httpProtocolOptions } }).http1, expected);
});

test('what is for clients of HTTP/2 means nothing: there are none', () => {
  const http2ProtocolOptions = { maxConcurrentStreams: 5 };
  parse({ useDownstreamProtocolConfig: { http2ProtocolOptions } });
  const old = (fields: object) => reader.config(reader.message({ name: 'c', http2ProtocolOptions, ...fields }));
  old({ protocolSelection: 'USE_DOWNSTREAM_PROTOCOL' });
  assert.throws(() => old({}), /http2_protocol_options is not supported yet/);
  assert.throws(() => old({ httpProtocolOptions: {} }), /Both HTTP1 and HTTP2 options may only be configured/);
  const explicitHttpConfig = { httpProtocolOptions: {} };
  const typed = { '@type': `type.googleapis.com/${NAME}`, explicitHttpConfig };
  old({ typedExtensionProtocolOptions: { [NAME]: typed } });
});

test('what is not there yet is refused by name', () => {
  const refused: readonly [object, RegExp][] = [
    [{ explicitHttpConfig: { http2ProtocolOptions: {} } }, /http2_protocol_options is not supported yet/],
    [{ useDownstreamProtocolConfig: { http3ProtocolOptions: {} } }, /HTTP3 requires a QuicUpstreamTransport/],
    [{ autoConfig: {} }, /auto_config is not supported yet/],
    [
      { explicitHttpConfig: { httpProtocolOptions: { headerKeyFormat: { statefulFormatter: { name: 'x' } } } } },
      /stateful_formatter: Didn't find a registered implementation for 'x'/,
    ],
  ];
  for (const [fields, message] of refused) assert.throws(() => parse(fields), message);
});
