/** use_original_dst: connections whose meant address a listener filter restored go to the listener of that address. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, fileLog, indent } from '../config.ts';
import { request, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const direct = (text: string) =>
  `filters: [{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: ${text}}}}]`;
const filter = (label: string, message: string) =>
  `- {name: ${label}, typed_config: {"@type": ${types}.filters.listener.${label}.v3.${message}}}`;
const proxyProtocol = filter('proxy_protocol', 'ProxyProtocol');

const listener = (name: string, address: string, rest: string) => `- name: ${name}
  address: {socket_address: {address: ${address}}}
  stat_prefix: ${name}
  access_log:
${indent(fileLog('all', `${name} %DOWNSTREAM_LOCAL_ADDRESS% %RESPONSE_FLAGS% %FILTER_CHAIN_NAME%`), 2)}
${indent(rest, 2)}
`;
const bound = (name: string, filters: readonly string[], rest = '') =>
  listener(
    name,
    `127.0.0.1, port_value: {{${name}}}`,
    `listener_filters:\n${indent(filters.join('\n'), 2)}\nfilter_chains: [{${direct(name)}}]\n${rest}`,
  );
const unbound = (name: string, address: string, rest: string) =>
  listener(name, address, `bind_to_port: false\n${rest}`);

const byProtocol = `listener_filters:
${filter('http_inspector', 'HttpInspector')}
filter_chains:
- {name: http, filter_chain_match: {application_protocols: [http/1.1]}, ${direct('http')}}
- {name: other, ${direct('other')}}`;

const config = bootstrap(
  [
    bound('passing', [proxyProtocol], 'use_original_dst: true'),
    bound('keeping', [proxyProtocol, filter('original_dst', 'OriginalDst')]),
    bound('original', [filter('original_dst', 'OriginalDst')], 'use_original_dst: true'),
    unbound('exact', '5.6.7.8, port_value: 222', `filter_chains: [{${direct('exact')}}]`),
    unbound('any', '0.0.0.0, port_value: 333', `filter_chains: [{${direct('any')}}]`),
    unbound('any6', '"::", port_value: 333', `filter_chains: [{${direct('any6')}}]`),
    unbound('filtered', '5.6.7.8, port_value: 444', byProtocol),
    unbound(
      'again',
      '5.6.7.8, port_value: 555',
      `use_original_dst: true\nlistener_filters: [${proxyProtocol.slice(2)}]\nfilter_chains: [{${direct('again')}}]`,
    ),
    unbound(
      'nothing',
      '5.6.7.8, port_value: 666',
      `filter_chains: [{filter_chain_match: {destination_port: 1}, ${direct('nothing')}}]`,
    ),
  ],
  [],
);

const header = (port: number, ip = '5.6.7.8') => `PROXY TCP4 1.2.3.4 ${ip} 111 ${port}\r\n`;
const ask = (to: string, name: string, send: string): Case => ({
  name: `${to}: ${name}`,
  steps: [{ to, send, raw: 'close', logs: ['all'] }],
});
const get = request('GET / HTTP/1.1');

const cases: readonly Case[] = [
  ask('passing', 'exact address', header(222)),
  ask('passing', 'port on all addresses', header(333)),
  ask('passing', 'port on all addresses of IPv6', 'PROXY TCP6 ::1 2001:db8::1 111 333\r\n'),
  ask('passing', 'nobody’s address', header(999)),
  ask('passing', 'another address of the port', header(222, '5.6.7.9')),
  ask('passing', 'a listener with filters', `${header(444)}${get}`),
  ask('passing', 'a listener with filters, other bytes', `${header(444)}SSH-2.0-x\r\n`),
  ask('passing', 'a listener that would pass it on again', `${header(555)}${header(222)}`),
  ask('passing', 'a listener without a chain for it', header(666)),
  ask('keeping', 'exact address', header(222)),
  ask('original', 'straight', ''),
  {
    name: 'statistics',
    steps: [
      stats(
        '^listener\\.(passing|exact|any|filtered|again|nothing)\\.(downstream_cx_|no_filter)(total|active|destroy|chain_match)$',
      ),
    ],
  },
];

export const originalDst: Suite = { kind: 'traffic', name: 'original-dst', config, cases };
