/** Peers that speak no TLS, or bad TLS, to a listener that wants it: the alert in its bytes, the log's reason and the statistics. */
import { clientHello, helloMessage, inRecords, record, serverName, v2Hello } from '../../harness/client-hello.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap } from '../config.ts';
import { certificates, pemFiles, server, withKeys } from './tls-context.ts';

const format =
  '%DOWNSTREAM_TLS_VERSION% reason=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS%';
const late = server('late', certificates('server'), '', format).replace(
  '  - filters:',
  '  - transport_socket_connect_timeout: 0.2s\n    filters:',
);
const config = bootstrap([server('in', certificates('server'), '', format), late], []);

const stats = '^listener\\.in\\.(ssl\\.(connection_error|handshake|fail_verify_error)|downstream_cx_transport)';
/** Sends all and waits for what comes: an alert, the end. */
const sends = (name: string, send: string, more: Partial<Case['steps'][number]> = {}): Case => ({
  name,
  steps: [{ to: 'in', send, raw: 'close', logs: ['in'], stats, ...more } as Case['steps'][number]],
});
const alert = (level: number, description: number) => record(String.fromCharCode(level, description), 21);
const old = (version: number) => clientHello({ version, extensions: [serverName('a.test')] });
const huge = clientHello({ extensions: [serverName('a.test'), `\0\x15\x3f\xf0${'\0'.repeat(0x3ff0)}`] });

export const tlsHostile: Suite = {
  kind: 'traffic',
  name: 'tls-hostile',
  config,
  files: pemFiles(...withKeys('server')),
  cases: [
    sends('text', 'hello, is anyone there?\r\n\r\n'),
    sends('a request', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('POST', 'POST / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('HEAD', 'HEAD / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('PUT', 'PUT / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n'),
    sends('zeros', '\0'.repeat(64)),
    sends('a hello of SSL 2', v2Hello(0x0002, ['\x01\0\x80'])),
    sends('TLS 1.0', old(0x0301)),
    sends('TLS 1.1', old(0x0302)),
    sends('SSL 3', old(0x0300)),
    sends('no cipher of ours', clientHello({ cipherSuites: [0x0a0a], extensions: [serverName('a.test')] })),
    sends('an empty hello', record('\x01\0\0\0')),
    sends('a hello cut short', record(`\x01\0\0\x0c${'\0'.repeat(12)}`)),
    sends('a message of another kind', record('\x02\0\0\0')),
    sends('data', record('hello', 23)),
    sends('a change of ciphers', record('\x01', 20)),
    sends('a fatal alert', alert(2, 40)),
    sends('a record over the limit', `\x16\x03\x01\xff\xff${'\x01'.repeat(20)}`),
    sends('a record of an unknown kind', record('hello', 99)),
    sends('an empty record, then text', `${record('')}hello`),
    sends('a message over the limit', record(`\x01\xff\xff\xff${'\0'.repeat(100)}`)),
    sends('half a hello, and the end', clientHello().slice(0, 60), { fin: true }),
    sends('nothing, and the end', '', { fin: true }),
    sends('a hello in records of 7 bytes, of TLS 1.0', inRecords(helloMessage({ version: 0x0301, extensions: [] }), 7)),
    sends('a hello byte by byte, of TLS 1.0', old(0x0301), { bytewise: true }),
    sends('a huge hello of TLS 1.0', huge.replace('\x03\x03', '\x03\x01')),
    { name: 'nothing, for too long', steps: [{ to: 'late', raw: 'close', logs: ['late'] }] },
    {
      name: 'half a hello, for too long',
      steps: [{ to: 'late', send: clientHello().slice(0, 60), raw: 'close', logs: ['late'] }],
    },
    sends('close_notify', alert(1, 0)),
  ],
};
