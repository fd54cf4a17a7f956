import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import {
  alpn,
  clientHello,
  extension,
  type HelloParts,
  prefixed16,
  serverName,
  signatureAlgorithms,
  supportedGroups,
  supportedVersions,
} from '../../../test/harness/client-hello.ts';
import { recordedHellos } from '../../../test/harness/recorded-hellos.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { type ClientHello, isFault } from './client-hello.ts';
import { ClientHelloReader } from './hello-reader.ts';
import { ja3Text } from './ja3.ts';
import { ja4 } from './ja4.ts';

function parse(bytes: Uint8Array | string): ClientHello {
  const stream = new SliceBuffer();
  stream.add(bytes);
  const result = new ClientHelloReader().read(stream, stream.length);
  assert.ok(typeof result !== 'string' && !isFault(result));
  return result;
}

const sha256 = (text: string): string => hash('sha256', text);
const ja4Of = (parts: HelloParts): string => ja4(parse(clientHello(parts)), sha256);
const headOf = (...extensions: readonly string[]): string => ja4Of({ extensions }).slice(0, 10);

for (const { client, base64, serverName: name, ja3, ja4: expected } of recordedHellos) {
  test(`fingerprints of ${client} are Envoy's`, () => {
    const hello = parse(Buffer.from(base64, 'base64'));
    assert.equal(hello.serverName, name);
    assert.equal(hash('md5', ja3Text(hello)), ja3);
    assert.equal(ja4(hello, sha256), expected);
  });
}

test('JA3 leaves grease out of suites and extensions, but not out of groups', () => {
  const extensions = [
    extension(0x2a2a, ''),
    supportedGroups(0x1a1a, 0x1d),
    extension(11, '\x02\x02\0'),
    serverName('a'),
  ];
  const hello = parse(clientHello({ cipherSuites: [0x0a0a, 0x1301, 0xc02f], extensions }));
  assert.equal(ja3Text(hello), '771,4865-49199,10-11-0,6682-29,2-0');
});

test('JA4 begins with version, name, counts and protocol', () => {
  assert.equal(headOf(serverName('a'), alpn('h2'), supportedVersions(0x2a2a, 0x0304)), 't13d0203h2');
  assert.equal(headOf(), 't12i020000');
  assert.equal(headOf(supportedVersions(0x0302)), 't11i020100');
  assert.equal(headOf(supportedVersions()), 't12i020100');
  assert.equal(headOf(extension(43, '')), 't00i020100');
  assert.equal(headOf(supportedVersions(0x0305)), 't00i020100');
  assert.equal(headOf(alpn('a')), 't12i0201aa');
  assert.equal(headOf(alpn('\xab\xcd')), 't12i0201ad');
  assert.equal(headOf(extension(16, prefixed16('\x05h2'))), 't12i020100');
});

test('JA4 counts up to 99', () => {
  const cipherSuites = Array.from({ length: 120 }, (_, i) => 0xc000 + i);
  assert.equal(ja4Of({ cipherSuites, extensions: [] }).slice(0, 10), 't12i990000');
});

test('JA4 hashes sorted suites, sorted extensions and the signatures in their order', () => {
  const extensions = [signatureAlgorithms(0x0804, 0x0403), supportedGroups(0x1d), serverName('a'), alpn('h2')];
  const [, suites, rest] = ja4Of({ cipherSuites: [0xc02f, 0x1301], extensions }).split('_');
  assert.equal(suites, sha256('1301,c02f').slice(0, 12));
  assert.equal(rest, sha256('000a,000d_0804,0403').slice(0, 12));
  assert.equal(ja4Of({ cipherSuites: [0x0a0a], extensions: [] }), 't12i000000_000000000000_000000000000');
});
