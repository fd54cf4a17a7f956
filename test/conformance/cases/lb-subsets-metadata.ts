/** Subsets that filters choose: the dynamic metadata `envoy.lb` of a connection, of a request, and of its mirrored copies. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, request, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const host = (name: string, v: string) =>
  `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}}, metadata: {filter_metadata: {envoy.lb: {v: "${v}", stage: prod}}}}`;
const subsets = `- name: subsets
  lb_subset_config: {fallback_policy: NO_FALLBACK, subset_selectors: [{keys: [v]}, {keys: [v, stage]}]}
  load_assignment: {cluster_name: subsets, endpoints: [{lb_endpoints: [${host('u0', '1')}, ${host('u1', '2')}]}]}
`;
const metadataFilter = `- name: h2m
  typed_config:
    "@type": ${types}.filters.http.header_to_metadata.v3.Config
    request_rules:
    - {header: x-v, on_header_present: {metadata_namespace: envoy.lb, key: v}}
    - {header: x-stage, on_header_present: {metadata_namespace: envoy.lb, key: stage}}
`;
const routes = `
- {match: {prefix: /plain}, route: {cluster: subsets}}
- {match: {prefix: /route}, route: {cluster: subsets, metadata_match: {filter_metadata: {envoy.lb: {v: "2"}}}}}
- {match: {prefix: /mirror}, route: {cluster: main, request_mirror_policies: [{cluster: subsets}]}}
`;
const byTlv = `listener_filters:
- name: pp
  typed_config:
    "@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol
    rules: [{tlv_type: 224, on_tlv_present: {metadata_namespace: envoy.lb, key: v}}]
`;
const addresses = '\x0a\x01\x01\x01\x0a\x09\x09\x09\x9c\x40\x01\xbb';
/** Version 2 of the PROXY protocol with a TLV of one byte. */
const told = (v: string) => `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10${addresses}\xe0\0\x01${v}`;
const wishes = [[], ['x-v: 1'], ['x-v: 2'], ['x-v: 3'], ['x-stage: prod'], ['x-v: 1', 'x-stage: prod']];

export const lbSubsetsMetadata: Suite = {
  kind: 'traffic',
  name: 'lb-subsets-metadata',
  config: bootstrap(
    [
      listener('web', hcm({ routes, httpFilters: `${metadataFilter}${router}` })),
      listener('told', hcm({ routes, httpFilters: `${metadataFilter}${router}` }), byTlv),
    ],
    [cluster('main', ['u2']), subsets],
  ),
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  cases: [
    ...['plain', 'route', 'mirror'].map((name) => ({
      name,
      steps: [
        ...wishes.map((lines) => get('web', `/${name}`, lines, { only: '^$' })),
        stats('^cluster\\.subsets\\.(lb_subsets_selected|upstream_cx_none_healthy|upstream_rq_total)'),
      ],
    })),
    {
      name: 'of the connection',
      steps: ['plain', 'route', 'mirror'].flatMap((name) =>
        ['1', '2', '3'].flatMap((v) =>
          [[], ['x-v: 1'], ['x-stage: prod']].map((lines) => ({
            to: 'told',
            send: `${told(v)}${request(`GET /${name} HTTP/1.1`, lines)}`,
            only: '^$',
          })),
        ),
      ),
    },
  ],
};
