/** `tracing` of connection managers and routes without a provider: which requests are chosen, and who is told. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener } from '../config.ts';
import { get, type Lines, ok, type Rest, stats } from '../requests.ts';

const format = '%REQ(X-REQUEST-ID)% %TRACE_ID%';

const routes = `- match: {prefix: /named}
  route: {cluster: u0}
  decorator: {operation: named-op}
- match: {prefix: /quiet}
  route: {cluster: u0}
  decorator: {operation: quiet-op, propagate: false}
- match: {prefix: /none}
  route: {cluster: u0}
  tracing: {random_sampling: {numerator: 0}, client_sampling: {numerator: 0}}
- match: {prefix: /off}
  route: {cluster: u0}
  tracing: {overall_sampling: {numerator: 0}, custom_tags: [{tag: a, literal: {value: b}}]}
- match: {prefix: /direct}
  direct_response: {status: 200}
  decorator: {operation: direct-op}
- match: {prefix: /half}
  route: {cluster: u0}
  tracing: {random_sampling: {numerator: 50}}
- match: {prefix: /}
  route: {cluster: u0}
`;

const keep = 'generate_request_id: true\nuse_remote_address: true\npreserve_external_request_id: true';
const variants: Readonly<Record<string, string>> = {
  plain: keep,
  traced: `tracing: {}\n${keep}`,
  internal: 'tracing: {}',
  sampled: `tracing: {random_sampling: {value: 25}, verbose: true, max_path_tag_length: 5, spawn_upstream_span: true}\n${keep}`,
  forced: `tracing: {random_sampling: {value: 0}}\n${keep}`,
  noclient: `tracing: {random_sampling: {value: 0}, client_sampling: {value: 0}}\n${keep}`,
  nothing: `tracing: {overall_sampling: {value: 0}}\n${keep}`,
  unpacked: `tracing: {}\n${keep}\nrequest_id_extension: {typed_config: {"@type": type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig, pack_trace_reason: false}}`,
  unsampled: `tracing: {random_sampling: {value: 0}}\n${keep}\nrequest_id_extension: {typed_config: {"@type": type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig, use_request_id_for_trace_sampling: false}}`,
  noid: 'tracing: {}\ngenerate_request_id: false',
  egress: `tracing: {}\n${keep}`,
};

const tracedLog = `access_log:
- name: file
  filter: {traceable_filter: {}}
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
    path: "{{log.NAME}}"
    log_format: {text_format_source: {inline_string: "${format}\\n"}}
`;

const config = bootstrap(
  Object.entries(variants).map(([name, extra]) =>
    listener(
      name,
      hcm({ routes, statPrefix: name, extra: `${tracedLog.replace('NAME', name)}${indent(extra, 0)}` }),
      name === 'egress' ? 'traffic_direction: OUTBOUND' : '',
    ),
  ),
  [cluster('u0')],
);

/** The first digits draw: 0 is always in, ffffffff (7295 of 10000) is in from 73 percent on. */
const first = '00000000-0000-4000-8000-000000000000';
const late = 'ffffffff-0000-4000-8000-000000000000';
const ids: readonly Lines[] = [
  [`x-request-id: ${first}`],
  [`x-request-id: ${late}`],
  [`x-request-id: ${late}`, 'x-client-trace-id: t'],
  [`x-request-id: ${late}`, 'x-envoy-force-trace: 1'],
  ['x-request-id: ffffffff-0000-9000-8000-000000000000'],
  ['x-request-id: ffffffff-0000-a000-8000-000000000000'],
  ['x-request-id: ffffffff-0000-b000-8000-000000000000'],
  ['x-request-id: short'],
  ['x-request-id: not-a-hexadecimal-number-at-all-00000'],
];
const asked = (to: string, path: string, lines: Lines, rest: Rest = {}) =>
  get(to, path, lines, { logs: [to], ...rest });

const sampling: readonly Case[] = Object.keys(variants).map((name) => ({
  name: `chosen by ${name}`,
  steps: ids.map((lines) => asked(name, '/', lines)),
}));
const byRoute: readonly Case[] = ['/none', '/off', '/half'].map((path) => ({
  name: `chosen by route ${path}`,
  steps: ids.slice(0, 4).map((lines) => asked('traced', path, lines)),
}));

const decorated = (to: string): Case => ({
  name: `decorator ${to}`,
  steps: ['/named', '/quiet', '/direct', '/'].flatMap((path) => [
    asked(to, path, [`x-request-id: ${first}`]),
    asked(to, path, [`x-request-id: ${first}`, 'x-envoy-decorator-operation: mine']),
    asked(to, path, [`x-request-id: ${first}`, 'x-envoy-decorator-operation:']),
    asked(to, path, [`x-request-id: ${first}`], { reply: ok('ok', ['x-envoy-decorator-operation: theirs']) }),
  ]),
});

export const tracing: Suite = {
  kind: 'traffic',
  name: 'tracing',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...sampling,
    ...byRoute,
    ...['plain', 'traced', 'internal', 'nothing', 'egress'].map(decorated),
    { name: 'statistics', steps: [stats('\\.tracing\\.')] },
  ],
};
