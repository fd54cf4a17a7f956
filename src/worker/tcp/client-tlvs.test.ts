import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyProtocolTlv } from '../../../sdk/network.ts';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { IpAddress } from '../../common/network/address.ts';
import {
  ProxyProtocolState,
  proxyProtocolStateKey,
  proxyProtocolStateOf,
} from '../../common/network/proxy-protocol-state.ts';
import { ConfiguredTlvs } from '../../common/network/proxy-protocol-tlvs.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { storeClientTlvs, type TlvMergePolicy } from './client-tlvs.ts';

const tlv = (type: number, text: string): ProxyProtocolTlv => ({
  type,
  value: Uint8Array.from(text, (char) => char.charCodeAt(0)),
});
const configured = new ConfiguredTlvs([tlv(1, 'new'), tlv(2, 'new')], []);

/** What the upstream is told of after `storeClientTlvs`. */
function stored(mergePolicy: TlvMergePolicy, existing?: readonly ProxyProtocolTlv[]): string {
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()));
  if (existing !== undefined) {
    const state = new ProxyProtocolState(new IpAddress('1.2.3.4', 5), new IpAddress('6.7.8.9', 10), existing);
    connection.streamInfo.filterState.set(proxyProtocolStateKey, state, false);
  }
  storeClientTlvs({ tlvs: configured, mergePolicy }, connection);
  const state = proxyProtocolStateOf(connection);
  const tlvs = state?.tlvs.map(({ type, value }) => `${type}=${String.fromCharCode(...value)}`);
  return [state?.source.asString, ...(tlvs ?? [])].join(' ');
}

test('a client without a PROXY header is told of by its own addresses', () => {
  assert.equal(stored('ADD_IF_ABSENT'), '10.0.0.9:4000 1=new 2=new');
});

test('what a PROXY header brought stays alone, is overwritten by type, or is added to', () => {
  const old = [tlv(2, 'old'), tlv(3, 'old')];
  assert.equal(stored('ADD_IF_ABSENT', old), '1.2.3.4:5 2=old 3=old');
  assert.equal(stored('OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD', old), '1.2.3.4:5 1=new 2=new 3=old');
  assert.equal(stored('APPEND_IF_EXISTS_OR_ADD', old), '1.2.3.4:5 2=old 3=old 1=new 2=new');
});
