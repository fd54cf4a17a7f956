/** What a load balancer before us told by PROXY protocol makes of x-forwarded-proto and the client's address. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { raw, request } from '../requests.ts';

const format =
  '%REQ(X-FORWARDED-PROTO)% %REQ(:SCHEME)% %REQ(X-FORWARDED-FOR)% %DOWNSTREAM_LOCAL_PORT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%';
const proxyProtocol = `listener_filters:
- name: p
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol
    allow_requests_without_proxy_protocol: true`;
const ports = 'forward_proto_config: {https_destination_ports: [443, 80], http_destination_ports: [80, 8080]}';
const edge = 'use_remote_address: true';

/** Listeners by name with the connection manager's further lines. */
const variants: Readonly<Record<string, string>> = {
  edge: `${edge}\n${ports}`,
  behind: ports,
  hops: `${edge}\nxff_num_trusted_hops: 1\n${ports}`,
  overwrite: `${edge}\nscheme_header_transformation: {scheme_to_overwrite: http}\n${ports}`,
  mapped: `${edge}\nrepresent_ipv4_remote_address_as_ipv4_mapped_ipv6: true`,
};

const config = bootstrap(
  Object.entries(variants).map(([name, extra]) =>
    listener(name, hcm({ routes: to('u0'), extra, log: { name, format } }), proxyProtocol),
  ),
  [cluster('u0')],
);

function asked(name: string, port: number, lines: readonly string[] = []): Case {
  const send = `PROXY TCP4 1.2.3.4 5.6.7.8 1000 ${port}\r\n${request('GET / HTTP/1.1', lines)}`;
  return raw(`${name}, asked at ${port} ${lines.join()}`, name, send, { logs: [name], blind: true, only: '^$' });
}

export const loadBalancerBefore: Suite = {
  kind: 'traffic',
  name: 'load-balancer-before',
  config,
  upstreams: { u0: 'http' },
  cases: Object.keys(variants).flatMap((name) => [
    ...[443, 80, 8080, 999].map((port) => asked(name, port)),
    asked(name, 443, ['x-forwarded-proto: http']),
    asked(name, 999, ['x-forwarded-proto: https']),
    asked(name, 999, ['x-forwarded-for: 9.8.7.6']),
  ]),
};
