/** tls_inspector and http_inspector: what they find, how filter chains are chosen by it, what they refuse and count. */
import {
  alpn,
  clientHello,
  extension,
  type HelloParts,
  helloMessage,
  inRecords,
  record,
  serverName,
  supportedVersions,
  usualExtensions,
  v2Hello,
} from '../../harness/client-hello.ts';
import { recordedHellos } from '../../harness/recorded-hellos.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, indent, tcpProxy } from '../config.ts';
import { stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const direct = (text: string) =>
  `filters: [{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: ${text}}}}]`;
const chain = (name: string, match: string) => `- {name: ${name}, filter_chain_match: {${match}}, ${direct(name)}}\n`;

const format =
  'sni=%REQUESTED_SERVER_NAME% ja3=%TLS_JA3_FINGERPRINT% ja4=%TLS_JA4_FINGERPRINT% %DOWNSTREAM_TRANSPORT_FAILURE_REASON% %DYNAMIC_METADATA(envoy.filters.listener.tls_inspector)% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %FILTER_CHAIN_NAME%';

const tls = (options: string) =>
  `- {name: t, typed_config: {"@type": ${types}.filters.listener.tls_inspector.v3.TlsInspector${options}}}`;
const http = `- {name: h, typed_config: {"@type": ${types}.filters.listener.http_inspector.v3.HttpInspector}}`;
const fingerprints = ', enable_ja3_fingerprinting: true, enable_ja4_fingerprinting: true';

const listener = (name: string, filters: readonly string[], rest: string) => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  listener_filters_timeout: 0.15s
  listener_filters:
${indent(filters.join('\n'), 2)}
  access_log:
${indent(fileLog(name, format), 2)}
${indent(rest, 2)}
`;

const byTransport = `filter_chains:\n${chain('tls', 'transport_protocol: tls')}${chain('raw', '')}`;

const byName = `filter_chains:
${chain('exact', 'server_names: [a.test]')}${chain('wildcard', 'server_names: ["*.a.test"]')}${chain('h2', 'transport_protocol: tls, application_protocols: [h2]')}${chain('http11', 'application_protocols: [http/1.1]')}${chain('plain', 'transport_protocol: raw_buffer')}${chain('tls', 'transport_protocol: tls')}`;

const versions = `filter_chains:
${chain('one-zero', 'application_protocols: [http/1.0]')}${chain('one-one', 'application_protocols: [http/1.1]')}${chain('two', 'application_protocols: [h2c]')}${chain('tls', 'transport_protocol: tls')}${chain('other', '')}`;

const input = (type: string) =>
  `{name: i, typed_config: {"@type": ${types}.matching.common_inputs.network.v3.${type}}}`;
const to = (name: string) =>
  `{action: {name: ${name}, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: ${name}}}}`;
const byMatcher = `filter_chain_matcher:
  matcher_tree:
    input: ${input('ServerNameInput')}
    exact_match_map: {map: {a.test: ${to('name')}}}
  on_no_match:
    matcher:
      matcher_tree:
        input: ${input('ApplicationProtocolInput')}
        exact_match_map: {map: {"'h2','http/1.1'": ${to('protocols')}}}
      on_no_match:
        matcher:
          matcher_tree:
            input: ${input('TransportProtocolInput')}
            exact_match_map: {map: {tls: ${to('transport')}}}
          on_no_match: ${to('none')}
filter_chains:
${['name', 'protocols', 'transport', 'none'].map((name) => `- {name: ${name}, ${direct(name)}}\n`).join('')}`;

const config = bootstrap(
  [
    listener('plain', [tls(fingerprints)], byTransport),
    listener('strict', [tls(', close_connection_on_client_hello_parsing_errors: true')], byTransport),
    listener('small', [tls(', max_client_hello_size: 300, initial_read_buffer_size: 256')], byTransport),
    listener(
      'smallstrict',
      [tls(', max_client_hello_size: 300, close_connection_on_client_hello_parsing_errors: true')],
      byTransport,
    ),
    listener('names', [tls('')], byName),
    listener('matcher', [tls('')], byMatcher),
    listener('http', [http], versions),
    listener('both', [tls(''), http], versions),
    listener('httpfirst', [http, tls('')], versions),
    listener(
      'bysni',
      [tls('')],
      `filter_chains:\n- filters:\n  - {name: s, typed_config: {"@type": ${types}.filters.network.sni_cluster.v3.SniCluster}}\n${indent(tcpProxy('bysni', 'cluster: otherwise'), 2)}`,
    ),
    listener('continued', [tls('')], `continue_on_listener_filters_timeout: true\n${byTransport}`),
  ],
  [cluster('a.test', ['e0']), cluster('otherwise', ['s0'])],
);

const ask = (to: string, name: string, send: string, bytewise = false): Case => ({
  name: `${to}: ${name}`,
  steps: [{ to, send, bytewise, raw: 'close', exactEnd: true, logs: [to] }],
});
const plain = (name: string, send: string): Case => ask('plain', name, send);
const hello = (name: string, parts: HelloParts): Case => plain(name, clientHello(parts));
const withExtension = (type: number, data: string) =>
  clientHello({ extensions: [...usualExtensions, extension(type, data)] });
const warning = '\x15\x03\x01\0\x02\x01\x5a';
const padded = (bytes: number) =>
  clientHello({ extensions: [serverName('a.test'), extension(21, '\0'.repeat(bytes))] });

const hellos: readonly Case[] = [
  ...recordedHellos.map(({ client, base64 }) => plain(client, atob(base64))),
  plain('by hand', clientHello()),
  ask('plain', 'byte by byte', clientHello({ extensions: [serverName('b.test')] }), true),
  plain('in records of 7 bytes', inRecords(helloMessage(), 7)),
  plain('behind empty records and warnings', record('') + warning + clientHello()),
  plain('with bytes behind', `${clientHello()}0123456789`),
  hello('no extensions', { extensions: 'none' }),
  hello('TLS 1.0', { version: 0x0301, extensions: [serverName('a.test')] }),
  hello('TLS 1.1', { version: 0x0302, extensions: [serverName('a.test')] }),
  hello('SSL 3', { version: 0x0300 }),
  hello('version 3.4', { version: 0x0304, extensions: [serverName('a.test')] }),
  hello('version 3.5', { version: 0x0305 }),
  hello('only unknown versions', { extensions: [supportedVersions(0x7f1c)] }),
  hello('only grease', { cipherSuites: [0x0a0a] }),
  hello('name in upper case', { extensions: [serverName('A.Test')] }),
  hello('name that is none', { extensions: [serverName('a|"\xff')] }),
  hello('name with an underscore', { extensions: [serverName('a_b')] }),
  hello('name that is an address', { extensions: [serverName('10.0.0.1')] }),
  hello('protocol of other bytes', { extensions: [alpn('\xab\xcd')] }),
  plain('SSL 2 greeting', v2Hello(0x0303, ['\0\xc0\x2f', '\0\0\x2f'])),
];

const faults: readonly Case[] = [
  plain('HTTP', 'GET / HTTP/1.1\r\n\r\n'),
  plain('CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n'),
  plain('other plaintext', 'SSH-2.0-x\r\n'),
  plain('three bytes', 'abc'),
  plain('half a hello', clientHello().slice(0, 60)),
  plain('another record', record(helloMessage(), 23)),
  plain('another message', record(helloMessage({}, 2))),
  plain('a message that is too long', record('\x01\0\x40\x01')),
  plain('a record that is too long', '\x16\x03\x01\x41\x41'),
  plain('a fatal alert', '\x15\x03\x01\0\x02\x02\x28'),
  plain('close_notify', '\x15\x03\x01\0\x02\x01\0'),
  plain('five warnings', warning.repeat(5)),
  plain('two hellos in a record', record(helloMessage() + helloMessage())),
  plain('an extension twice', withExtension(0, '')),
  plain('a broken encrypted hello', withExtension(0xfe0d, '\0x')),
  hello('an empty name', { extensions: [serverName('')] }),
  hello('a long session id', { sessionId: 's'.repeat(33) }),
];

const limits: readonly Case[] = [
  ask('strict', 'hello', clientHello()),
  ask('strict', 'HTTP', 'GET / HTTP/1.1\r\n\r\n'),
  ask('small', 'short hello', clientHello()),
  ask('small', 'long hello', padded(600)),
  ask('small', 'long plaintext', `GET /${'a'.repeat(600)} HTTP/1.1\r\n\r\n`),
  ask('smallstrict', 'long plaintext', `GET /${'a'.repeat(600)} HTTP/1.1\r\n\r\n`),
  ask('plain', 'hello of 15 KiB', padded(15_000)),
  ask('plain', 'hello of 17 KiB', padded(16_384 - 20)),
  ask('continued', 'silence', ''),
  ask('continued', 'half a hello', clientHello().slice(0, 60)),
];

const chains: readonly Case[] = [
  ask('names', 'exact', clientHello()),
  ask('names', 'wildcard', clientHello({ extensions: [serverName('x.a.test')] })),
  ask('names', 'deeper wildcard', clientHello({ extensions: [serverName('y.x.a.test')] })),
  ask('names', 'h2', clientHello({ extensions: [serverName('other'), alpn('http/1.1', 'h2')] })),
  ask('names', 'other protocol', clientHello({ extensions: [alpn('x')] })),
  ask('names', 'plaintext', 'GET / HTTP/1.1\r\n\r\n'),
  ask('matcher', 'name', clientHello()),
  ask('matcher', 'protocols', clientHello({ extensions: [serverName('b.test'), alpn('h2', 'http/1.1')] })),
  ask('matcher', 'transport', clientHello({ extensions: [serverName('b.test')] })),
  ask('matcher', 'plaintext', 'GET / HTTP/1.1\r\n\r\n'),
];

const lines: readonly string[] = [
  'GET / HTTP/1.1\r\n',
  'GET / HTTP/1.0\r\n',
  'GET / HTTP/2.0\r\n',
  'GET / HTTP/1.10\r\n',
  'GET /\r\n',
  'GET /HTTP/1.1\r\n',
  'CUSTOM / HTTP/1.1\n',
  'G@T / HTTP/1.1\r\n',
  'GET a HTTP/1.1\r\n',
  'GET /a b HTTP/1.1\r\n',
  '\r\nGET / HTTP/1.1\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n',
  '\x16\x03\x01',
];

const requests: readonly Case[] = [
  ...lines.map((line) => ask('http', JSON.stringify(line), line)),
  ask('http', 'byte by byte', 'GET / HTTP/1.1\r\n', true),
  ask('http', 'half a line', 'GET /'),
  ask('http', 'long line', `GET /${'a'.repeat(30_000)} HTTP/1.1\r\n`),
  ask('http', 'line that is too long', `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n`),
  ask('both', 'HTTP', 'GET / HTTP/1.1\r\n'),
  ask('both', 'TLS', clientHello()),
  ask('httpfirst', 'HTTP', 'GET / HTTP/1.1\r\n'),
  ask('httpfirst', 'TLS', clientHello()),
];

export const inspectors: Suite = {
  kind: 'traffic',
  name: 'inspectors',
  config,
  upstreams: { e0: 'echo', s0: 'greet' },
  cases: [
    ...hellos,
    ...faults,
    ...limits,
    ...chains,
    ...requests,
    { name: 'cluster by name', steps: [{ to: 'bysni', send: clientHello(), raw: clientHello().length }] },
    {
      name: 'cluster by an unknown name',
      steps: [
        { to: 'bysni', send: clientHello({ extensions: [serverName('b.test')] }), raw: 'close', logs: ['bysni'] },
      ],
    },
    {
      name: 'cluster without a name',
      steps: [{ to: 'bysni', send: 'hello there', raw: 2, reply: { s0: [{ send: 'hi' }] } }],
    },
    {
      name: 'statistics',
      steps: [stats('^(tls|http)_inspector\\.'), stats('^listener\\.127.*(pre_cx|listener_filter|no_filter)')],
    },
  ],
};
