import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatchInputValue } from '../../../../sdk/matching.ts';
import type { ConnectionInfo } from '../../../../sdk/network.ts';
import { loggedStream } from '../../../../test/harness/logged-stream.ts';
import { IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { httpConnectionInputs, networkInputs } from './index.ts';

type Changes = { -readonly [K in keyof ConnectionInfo]?: ConnectionInfo[K] };

function withChanges(info: ConnectionInfo, changes: Changes): ConnectionInfo {
  return new Proxy(info, { get: (target, key) => Reflect.get(key in changes ? changes : target, key) });
}

function read(name: string, changes: Changes = {}): MatchInputValue {
  const streamInfo = loggedStream().info;
  streamInfo.downstreamConnection = withChanges(streamInfo.downstreamConnection, changes);
  const input = networkInputs.find((extension) => extension.name === `envoy.matching.inputs.${name}`);
  return input?.createInput(undefined).get({ streamInfo });
}

const other = new IpAddress('10.0.0.9', 4);
const pipe = new PipeAddress('/x');

test('addresses and ports', () => {
  assert.equal(read('destination_ip'), '127.0.0.1');
  assert.equal(read('destination_port'), '10000');
  assert.equal(read('source_ip', { remoteAddress: other }), '10.0.0.9');
  assert.equal(read('source_port', { remoteAddress: other }), '4');
  assert.equal(read('direct_source_ip', { remoteAddress: other }), '127.0.0.1');
  assert.equal(read('source_ip', { remoteAddress: pipe }), undefined);
  assert.equal(read('destination_port', { localAddress: pipe }), undefined);
});

test('whether the peer is this host', () => {
  assert.equal(read('source_type'), 'local');
  assert.equal(read('source_type', { remoteAddress: other }), undefined);
});

test('what listener filters found; nothing is absent, not empty', () => {
  assert.equal(read('server_name'), undefined);
  assert.equal(read('server_name', { requestedServerName: 'a.b' }), 'a.b');
  assert.equal(read('transport_protocol', { detectedTransportProtocol: 'tls' }), 'tls');
  assert.equal(read('application_protocol'), undefined);
  assert.equal(read('application_protocol', { requestedApplicationProtocols: ['h2', 'http/1.1'] }), "'h2','http/1.1'");
});

test('names of the peer’s certificate', () => {
  const peer = { uriSans: ['spiffe://a', 'spiffe://b'], dnsSans: [], subject: 'CN=x' };
  const ssl = { peer } as unknown as NonNullable<ConnectionInfo['ssl']>;
  assert.equal(read('uri_san', { ssl }), 'spiffe://a,spiffe://b');
  assert.equal(read('subject', { ssl }), 'CN=x');
  assert.equal(read('dns_san', { ssl }), undefined);
  assert.equal(read('uri_san'), undefined);
});

test('filter state: the object as text, or one of its fields', () => {
  const streamInfo = loggedStream().info;
  streamInfo.filterState.set('k', {
    serializeAsString: () => 'whole',
    getField: (name) => (name === 'n' ? 7 : undefined),
  });
  const input = networkInputs.find(({ name }) => name === 'envoy.matching.inputs.filter_state');
  const get = (key: string, field = '') => input?.createInput({ key, field }).get({ streamInfo });
  assert.equal(get('k'), 'whole');
  assert.equal(get('k', 'n'), '7');
  assert.equal(get('k', 'm'), undefined);
  assert.equal(get('other'), undefined);
});

test('requests have the inputs of their connection but for those of a socket alone', () => {
  const names = new Set(httpConnectionInputs.map(({ name }) => name));
  const missing = networkInputs.map(({ name }) => name).filter((name) => !names.has(name));
  assert.deepEqual(missing, ['envoy.matching.inputs.transport_protocol', 'envoy.matching.inputs.application_protocol']);
});
