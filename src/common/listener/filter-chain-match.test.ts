import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionInfo } from '../../../sdk/network.ts';
import { IpAddress } from '../network/address.ts';
import { FilterChainMatchTree } from './filter-chain-match.ts';
import type { FilterChainMatchConfig } from './listener-config.ts';

const anything: FilterChainMatchConfig = {
  destinationPort: undefined,
  prefixRanges: [],
  serverNames: [],
  transportProtocol: '',
  applicationProtocols: [],
  directSourcePrefixRanges: [],
  sourceType: 'ANY',
  sourcePrefixRanges: [],
  sourcePorts: [],
};

interface Peer {
  readonly local?: string;
  readonly port?: number;
  readonly remote?: string;
  readonly direct?: string;
  readonly remotePort?: number;
  readonly sni?: string;
  readonly transport?: string;
  readonly alpn?: readonly string[];
}

function info(peer: Peer): ConnectionInfo {
  const remote = peer.remote ?? '10.9.9.9';
  return {
    localAddress: new IpAddress(peer.local ?? '10.0.0.1', peer.port ?? 80),
    remoteAddress: new IpAddress(remote, peer.remotePort ?? 1000),
    directRemoteAddress: new IpAddress(peer.direct ?? remote, 1000),
    requestedServerName: peer.sni ?? '',
    detectedTransportProtocol: peer.transport ?? '',
    requestedApplicationProtocols: peer.alpn ?? [],
  } as unknown as ConnectionInfo;
}

function choose(matches: readonly Partial<FilterChainMatchConfig>[], peer: Peer): number | undefined {
  return new FilterChainMatchTree(matches.map((match) => ({ ...anything, ...match }))).find(info(peer));
}

test('each criterion takes its most specific branch', () => {
  const cases: readonly (readonly [readonly Partial<FilterChainMatchConfig>[], Peer, number | undefined])[] = [
    [[{}, { destinationPort: 80 }], {}, 1],
    [[{}, { destinationPort: 81 }], {}, 0],
    [[{ prefixRanges: ['10.0.0.0/8'] }, { prefixRanges: ['10.0.0.0/24'] }, {}], {}, 1],
    [[{ prefixRanges: ['10.0.1.0/24'] }, {}], {}, 1],
    [[{ prefixRanges: ['::/0'] }, { prefixRanges: ['fe80::/10'] }], { local: 'fe80::1' }, 1],
    [
      [{ serverNames: ['a.example.com'] }, { serverNames: ['*.example.com'] }, { serverNames: ['*.com'] }],
      { sni: 'a.example.com' },
      0,
    ],
    [
      [{ serverNames: ['a.example.com'] }, { serverNames: ['*.example.com'] }, { serverNames: ['*.com'] }],
      { sni: 'b.example.com' },
      1,
    ],
    [
      [{ serverNames: ['a.example.com'] }, { serverNames: ['*.example.com'] }, { serverNames: ['*.com'] }],
      { sni: 'b.other.com' },
      2,
    ],
    [[{ serverNames: ['*.example.com'] }], { sni: 'example.com' }, undefined],
    [[{ transportProtocol: 'tls' }, {}], { transport: 'tls' }, 0],
    [[{ transportProtocol: 'tls' }, {}], { transport: 'raw_buffer' }, 1],
    [[{ applicationProtocols: ['http/1.1'] }, { applicationProtocols: ['h2'] }], { alpn: ['h2', 'http/1.1'] }, 1],
    [[{ directSourcePrefixRanges: ['192.168.0.0/16'] }, {}], { direct: '192.168.1.1' }, 0],
    [[{ sourceType: 'SAME_IP_OR_LOOPBACK' }, { sourceType: 'EXTERNAL' }], { remote: '127.0.0.1' }, 0],
    [[{ sourceType: 'SAME_IP_OR_LOOPBACK' }, { sourceType: 'EXTERNAL' }], { remote: '127.0.0.2' }, 1],
    [[{ sourceType: 'SAME_IP_OR_LOOPBACK' }, { sourceType: 'EXTERNAL' }], {}, 1],
    [[{ sourcePrefixRanges: ['10.9.0.0/16'] }, { sourcePrefixRanges: ['10.9.9.9/32'] }], {}, 1],
    [[{ sourcePorts: [1000] }, {}], {}, 0],
    [[{ sourcePorts: [1001] }], {}, undefined],
  ];
  for (const [matches, peer, expected] of cases) {
    assert.equal(choose(matches, peer), expected, JSON.stringify([matches, peer]));
  }
});

test('a branch once taken is not left again', () => {
  assert.equal(choose([{ destinationPort: 80, serverNames: ['a'] }, { serverNames: ['b'] }], { sni: 'b' }), undefined);
  assert.equal(
    choose([{ serverNames: ['a.b'], transportProtocol: 'tls' }, { serverNames: ['*.b'] }], { sni: 'a.b' }),
    undefined,
  );
});

test('matches that share a combination of keys are duplicates', () => {
  const tree = new FilterChainMatchTree([
    { ...anything, serverNames: ['a', 'b'] },
    { ...anything, serverNames: ['c'] },
    { ...anything, serverNames: ['b', 'd'] },
  ]);
  assert.deepEqual(tree.duplicates, [[2, 0]]);
});

test('what no chain asks about is not looked at', () => {
  const connection = { ...info({ port: 81 }) };
  for (const name of ['remoteAddress', 'directRemoteAddress', 'requestedServerName'] as const) {
    Object.defineProperty(connection, name, { get: () => assert.fail(`${name} was looked at`) });
  }
  assert.equal(new FilterChainMatchTree([anything]).find(connection), 0);
  assert.equal(new FilterChainMatchTree([anything, { ...anything, destinationPort: 81 }]).find(connection), 1);
});
