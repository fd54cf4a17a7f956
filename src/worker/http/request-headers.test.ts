import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { requestHeaders } from '../../../test/harness/http-manager.ts';
import { xffDetection } from '../../common/http/xff.ts';
import { CidrRange } from '../../common/network/cidr.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { internalAddressCheck, nobodyIsInternal } from './internal-address.ts';
import { mutateRequestHeaders, type RequestHeaderOptions } from './request-headers.ts';

const requestId = {
  set: (headers: { set(name: string, value: string): void }) => headers.set('x-request-id', 'made'),
  setInResponse: () => {},
  get: () => undefined,
};

function mutate(
  sent: Record<string, string>,
  overrides: Partial<RequestHeaderOptions> = {},
  { remote = '10.0.0.9', internalOnly = [] as string[] } = {},
) {
  const options: RequestHeaderOptions = {
    useRemoteAddress: false,
    xffNumTrustedHops: 0,
    skipXffAppend: false,
    appendXForwardedPort: false,
    schemeToSet: '',
    protoByPort: undefined,
    originalIpDetection: [xffDetection({ numTrustedHops: 0 })],
    isInternal: nobodyIsInternal,
    addUserAgent: false,
    via: '',
    generateRequestId: false,
    preserveExternalRequestId: false,
    forwardClientCert: { matcher: undefined, otherwise: { mode: 'Sanitize', details: [], format: 'Text' } },
    requestId,
    localInfo: { nodeId: 'node', clusterName: 'cluster', zone: '', address: '192.0.2.2' },
    ...overrides,
  };
  const headers = requestHeaders(sent);
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()), remote);
  const { address } = mutateRequestHeaders(headers, connection, options, internalOnly);
  const client = address ?? connection.info.remoteAddress;
  return { headers, get: (name: string) => headers.get(name), remote: client.ip };
}

const isInternal = internalAddressCheck([CidrRange.parse('10.0.0.0/8') as CidrRange], false);

// The expectations of this file have been taken from Envoy 1.40.

test('hop-by-hop headers go, unless they ask for an upgrade', () => {
  const hops = { 'keep-alive': '5', 'proxy-connection': 'x', 'transfer-encoding': 'chunked', upgrade: 'websocket' };
  assert.deepEqual([...mutate({ ...hops, connection: 'keep-alive' }).headers.entries()].slice(3), [
    [':scheme', 'http'],
    ['x-forwarded-proto', 'http'],
  ]);
  const upgrade = mutate({ ...hops, connection: 'keep-alive, Upgrade' });
  assert.equal(upgrade.get('upgrade'), 'websocket');
  assert.equal(upgrade.get('connection'), 'keep-alive, Upgrade');
  assert.equal(upgrade.get('transfer-encoding'), undefined);
});

test('te: only trailers may stay', () => {
  assert.equal(mutate({ te: 'gzip, trailers' }).get('te'), 'trailers');
  assert.equal(mutate({ te: 'trailers;q=1' }).get('te'), undefined);
  assert.equal(mutate({ te: 'Trailers' }).get('te'), undefined);
  assert.equal(mutate({ te: '' }).get('te'), '');
  assert.equal(mutate({ te: 'gzip', connection: 'upgrade', upgrade: 'x' }).get('te'), 'gzip');
});

test('a referer is a URL without fragment, or relative', () => {
  const kept = ['http://a/b', 'foo', '', 'ftp://a', '/a?b:c'];
  const dropped = ['https://a:1/b?c#d', 'http://a:99999/', 'http://', 'http://user@a/'];
  for (const referer of kept) assert.equal(mutate({ referer }).get('referer'), referer);
  for (const referer of dropped) assert.equal(mutate({ referer }).get('referer'), undefined, referer);
});

test('without use_remote_address x-forwarded-for tells the client, and stays as it is', () => {
  const seen = (xff: string | undefined) => {
    const result = mutate(xff === undefined ? {} : { 'x-forwarded-for': xff });
    return [result.remote, result.get('x-forwarded-for')];
  };
  assert.deepEqual(seen(undefined), ['10.0.0.9', undefined]);
  assert.deepEqual(seen('1.2.3.4'), ['1.2.3.4', '1.2.3.4']);
  assert.deepEqual(seen('1.2.3.4, 10.0.0.5'), ['10.0.0.5', '1.2.3.4, 10.0.0.5']);
  assert.deepEqual(seen('junk'), ['10.0.0.9', 'junk']);
  assert.deepEqual(seen('1.1.1.1,[::1]'), ['10.0.0.9', '1.1.1.1,[::1]']);
});

test('with use_remote_address our peer is appended; a loopback peer stands for ourselves', () => {
  const edge = { useRemoteAddress: true };
  const appended = mutate({ 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' }, edge);
  assert.equal(appended.get('x-forwarded-for'), '1.2.3.4,10.0.0.9');
  assert.equal(appended.get('x-envoy-external-address'), '10.0.0.9');
  assert.equal(appended.get('x-forwarded-proto'), 'http');
  assert.equal(mutate({}, edge, { remote: '127.0.0.1' }).get('x-forwarded-for'), '192.0.2.2');
  assert.equal(mutate({}, edge, { remote: '127.0.0.2' }).get('x-forwarded-for'), '127.0.0.2');
  assert.equal(mutate({}, { ...edge, skipXffAppend: true }).get('x-forwarded-for'), undefined);
});

test('trusted hops are believed for address, protocol and port', () => {
  const edge = { useRemoteAddress: true, xffNumTrustedHops: 1, appendXForwardedPort: true };
  const sent = { 'x-forwarded-for': '1.2.3.4, 10.0.0.5', 'x-forwarded-proto': 'https', 'x-forwarded-port': '99' };
  const result = mutate(sent, edge);
  assert.equal(result.remote, '10.0.0.5');
  assert.equal(result.get('x-forwarded-proto'), 'https');
  assert.equal(result.get('x-forwarded-port'), '99');
  assert.equal(result.headers.scheme, 'https');
  assert.equal(mutate({}, edge).get('x-forwarded-port'), '8080');
});

test('one internal address in x-forwarded-for makes a request internal', () => {
  const internal = mutate({ 'x-forwarded-for': '10.0.0.5', 'x-envoy-retry-on': '5xx' }, { isInternal });
  assert.equal(internal.get('x-envoy-internal'), 'true');
  assert.equal(internal.get('x-envoy-retry-on'), '5xx');
  const two = mutate({ 'x-forwarded-for': '1.2.3.4, 10.0.0.5', 'x-envoy-internal': 'true' }, { isInternal });
  assert.equal(two.get('x-envoy-internal'), undefined);
});

test('what only internal requests may say is taken from others', () => {
  const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '5']));
  const internal = [
    'x-envoy-retry-on',
    'x-envoy-upstream-stream-duration-ms',
    'x-envoy-upstream-rq-timeout-ms',
    'x-mine',
  ];
  const edge = ['x-envoy-decorator-operation', 'x-envoy-original-path', 'x-envoy-original-host'];
  const sent = named([...internal, ...edge]);
  const left = (options: Parameters<typeof mutate>[1]) => {
    const headers = mutate(sent, options, { internalOnly: ['x-mine'] });
    return [...internal, ...edge].filter((name) => headers.get(name) !== undefined);
  };
  assert.deepEqual(left({}), edge);
  assert.deepEqual(left({ useRemoteAddress: true }), []);
});

test('a configured scheme stands for whatever came', () => {
  const result = mutate({ 'x-forwarded-proto': 'http', ':scheme': 'http' }, { schemeToSet: 'https' });
  assert.deepEqual([result.headers.scheme, result.get('x-forwarded-proto')], ['https', 'https']);
});

test('user agent, via, client certificate, request id', () => {
  const result = mutate(
    { via: '1.1 a', 'x-forwarded-client-cert': 'By=x' },
    { addUserAgent: true, via: 'v1', generateRequestId: true },
  );
  assert.equal(result.get('user-agent'), 'cluster');
  assert.equal(result.get('x-envoy-downstream-service-cluster'), 'cluster');
  assert.equal(result.get('x-envoy-downstream-service-node'), 'node');
  assert.equal(result.get('via'), '1.1 a, v1');
  assert.equal(result.get('x-forwarded-client-cert'), undefined);
  assert.equal(result.get('x-request-id'), 'made');
});

test('a scheme that came with the request stays', () => {
  assert.equal(mutate({ ':scheme': 'https' }, {}).headers.scheme, 'https');
  assert.equal(mutate({ ':scheme': '' }, {}).headers.scheme, 'http');
});
