import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alpn,
  clientHello,
  extension,
  helloMessage,
  inRecords,
  prefixed16,
  record,
  serverName,
  usualExtensions,
  v2Hello,
} from '../../../test/harness/client-hello.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { applicationProtocols, type ClientHello, isFault } from './client-hello.ts';
import { ClientHelloReader, type HelloResult } from './hello-reader.ts';

const noLimit = 100_000;

function read(bytes: string, pieceBytes = bytes.length): { result: HelloResult; consumed: number } {
  const reader = new ClientHelloReader();
  const stream = new SliceBuffer();
  let result: HelloResult = 'incomplete';
  for (let at = 0; at < bytes.length && result === 'incomplete'; at += pieceBytes) {
    stream.add(bytes.slice(at, at + pieceBytes));
    result = reader.read(stream, noLimit);
  }
  return { result, consumed: reader.consumedBytes };
}

function told(bytes: string, pieceBytes?: number): string {
  const { result } = read(bytes, pieceBytes);
  if (typeof result === 'string') return result;
  return isFault(result) ? result.reason : `hello ${result.serverName} ${applicationProtocols(result).join()}`;
}

function hello(bytes: string): ClientHello {
  const { result } = read(bytes);
  assert.ok(typeof result !== 'string' && !isFault(result), JSON.stringify(result));
  return result;
}

const withExtension = (...more: readonly string[]) => clientHello({ extensions: [...usualExtensions, ...more] });
const named = (data: string) => clientHello({ extensions: [extension(0, data)] });
const warning = '\x15\x03\x01\0\x02\x01\x5a';
const message = helloMessage();
const warned = inRecords(message, 20).replaceAll('\x16\x03\x01', `${warning.repeat(4)}\x16\x03\x01`);

const cases: readonly (readonly [name: string, bytes: string, expected: string])[] = [
  ['a hello', clientHello(), 'hello a.test h2,http/1.1'],
  ['no extensions', clientHello({ extensions: 'none' }), 'hello  '],
  ['an empty list of extensions', clientHello({ extensions: [] }), 'hello  '],
  ['any minor record version', record(message, 22, 0x0309), 'hello a.test h2,http/1.1'],
  ['bytes behind it', `${clientHello()}more`, 'hello a.test h2,http/1.1'],
  ['bytes behind it in the record', record(`${message}\x01`), 'EXCESS_HANDSHAKE_DATA'],
  ['in many records', inRecords(message, 1), 'hello a.test h2,http/1.1'],
  ['32 empty records before', record('').repeat(32) + clientHello(), 'hello a.test h2,http/1.1'],
  ['33 empty records', record('').repeat(33), 'TOO_MANY_EMPTY_FRAGMENTS'],
  ['four warnings before', warning.repeat(4) + clientHello(), 'hello a.test h2,http/1.1'],
  ['five warnings', warning.repeat(5) + clientHello(), 'TOO_MANY_WARNING_ALERTS'],
  ['four warnings before every record', warned, 'hello a.test h2,http/1.1'],
  ['a fatal alert', '\x15\x03\x01\0\x02\x02\x28', 'SSLV3_ALERT_HANDSHAKE_FAILURE'],
  ['a fatal alert without a name', '\x15\x03\x01\0\x02\x02\xc8', 'reason(1200)'],
  ['an alert of no level', '\x15\x03\x01\0\x02\x03\x28', 'UNKNOWN_ALERT_TYPE'],
  ['half an alert', '\x15\x03\x01\0\x01\x02', 'BAD_ALERT'],
  ['close_notify', '\x15\x03\x01\0\x02\x01\0', 'closed'],
  ['GET', 'GET / HTTP/1.1\r\n', 'HTTP_REQUEST'],
  ['PUT', 'PUT / HTTP/1.1\r\n', 'HTTP_REQUEST'],
  ['CONNECT', 'CONNECT a:1', 'HTTPS_PROXY_REQUEST'],
  ['DELETE', 'DELETE / HTTP/1.1\r\n', 'WRONG_VERSION_NUMBER'],
  ['HTTP behind an alert', `${warning}GET / HTTP/1.1`, 'WRONG_VERSION_NUMBER'],
  ['four bytes', 'GET ', 'incomplete'],
  ['a record of data', record(message, 23), 'UNEXPECTED_RECORD'],
  ['a record of the longest length', '\x16\x03\x01\x41\x40', 'incomplete'],
  ['a record that is too long', '\x16\x03\x01\x41\x41', 'ENCRYPTED_LENGTH_TOO_LONG'],
  ['a message that is too long', record('\x01\0\x40\x01'), 'EXCESSIVE_MESSAGE_SIZE'],
  ['another message', record(helloMessage({}, 2)), 'UNEXPECTED_MESSAGE'],
  ['an empty message', record('\x01\0\0\0'), 'CLIENTHELLO_PARSE_FAILED'],
  ['a session id of 33 bytes', clientHello({ sessionId: 's'.repeat(33) }), 'CLIENTHELLO_PARSE_FAILED'],
  ['no cipher suite', clientHello({ cipherSuites: [] }), 'CLIENTHELLO_PARSE_FAILED'],
  ['no compression method', clientHello({ compressions: '' }), 'CLIENTHELLO_PARSE_FAILED'],
  ['an extension twice', withExtension(extension(0x1234, ''), extension(0x1234, '')), 'CLIENTHELLO_PARSE_FAILED'],
  ['an extension cut off', clientHello({ extensions: ['\0\0\0\x09ab'] }), 'CLIENTHELLO_PARSE_FAILED'],
  ['an empty name extension', named(''), 'ERROR_PARSING_EXTENSION'],
  ['an empty name', named(prefixed16('\0\0\0')), 'ERROR_PARSING_EXTENSION'],
  ['a name with NUL', clientHello({ extensions: [serverName('a\0b')] }), 'ERROR_PARSING_EXTENSION'],
  ['two names', named(prefixed16('\0\0\x01a\0\0\x01b')), 'ERROR_PARSING_EXTENSION'],
  ['a name of another type', named(prefixed16('\x01\0\x01a')), 'ERROR_PARSING_EXTENSION'],
  ['a name of 255 bytes', clientHello({ extensions: [serverName('a'.repeat(255))] }), `hello ${'a'.repeat(255)} `],
  ['a name of 256 bytes', clientHello({ extensions: [serverName('a'.repeat(256))] }), 'ERROR_PARSING_EXTENSION'],
  ['no protocols', clientHello({ extensions: [extension(16, '')] }), 'hello  '],
  ['an empty protocol', clientHello({ extensions: [alpn('h2', '')] }), 'hello  '],
  ['malformed encrypted hello', withExtension(extension(0xfe0d, '\0xx')), 'DECODE_ERROR'],
  ['inner encrypted hello', withExtension(extension(0xfe0d, '\x01')), 'hello a.test h2,http/1.1'],
  [
    'greased encrypted hello',
    withExtension(extension(0xfe0d, '\0\0\x01\0\x01\x05\0\x01e\0\x01p')),
    'hello a.test h2,http/1.1',
  ],
  ['SSL 2 greeting', v2Hello(0x0303, ['\0\xc0\x2f', '\x07\0\xc0']), 'hello  '],
  ['SSL 2 greeting with suites of SSL 2 only', v2Hello(0x0303, ['\x07\0\xc0']), 'CLIENTHELLO_PARSE_FAILED'],
  ['SSL 2 greeting with half a suite', v2Hello(0x0303, ['\0\xc0']), 'DECODE_ERROR'],
  ['SSL 2 greeting that is too long', '\x90\x01\x01\x03\x03', 'RECORD_TOO_LARGE'],
  ['SSL 2 greeting that is too short', '\x80\x02\x01\x03\x03', 'RECORD_LENGTH_MISMATCH'],
];

test('what BoringSSL takes is a hello, and the rest is refused in its words', () => {
  for (const [name, bytes, expected] of cases) assert.equal(told(bytes), expected, name);
});

test('the pieces that bytes come in make no difference', () => {
  for (const [name, bytes, expected] of cases) {
    for (const size of [1, 2, 7]) assert.equal(told(bytes, size), expected, `${name} in pieces of ${size}`);
  }
});

test('a hello that is not whole yet waits', () => {
  const bytes = clientHello();
  for (let length = 0; length < bytes.length; length++) assert.equal(told(bytes.slice(0, length)), 'incomplete');
});

test('no more is looked at than the limit', () => {
  const reader = new ClientHelloReader();
  const stream = new SliceBuffer();
  stream.add(clientHello());
  assert.equal(reader.read(stream, 50), 'incomplete');
  assert.equal(typeof reader.read(stream, noLimit), 'object');
});

test('the hello tells versions, suites and extensions', () => {
  const { version, cipherSuites, extensions } = hello(clientHello({ version: 0x0302, cipherSuites: [1, 0xffff] }));
  assert.deepEqual([version, cipherSuites], [0x0302, [1, 0xffff]]);
  assert.deepEqual(
    extensions.map(({ type }) => type),
    [0, 16, 43, 10, 13, 11],
  );
  const old = hello(v2Hello(0x0301, ['\0\xc0\x2f', '\0\0\x2f']));
  assert.deepEqual([old.version, old.cipherSuites], [0x0301, [0xc02f, 0x2f]]);
});

test('bytes that were made use of are counted: the head of what is refused by its head', () => {
  assert.equal(read('GET / HTTP/1.1\r\n').consumed, 5);
  assert.equal(read(`${clientHello()}more`).consumed, clientHello().length);
  assert.equal(read(v2Hello(0x0303, ['\0\xc0\x2f'])).consumed, v2Hello(0x0303, ['\0\xc0\x2f']).length);
});
