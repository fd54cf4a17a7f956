/** Fields in files of discovery that nobody knows: told, ignored or refused, as the command line says. */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { get } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const bucket = (more: string, inner = '', version = 1) => `version_info: "${version}"
${more}
resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: bucket
  resource: {"@type": type.googleapis.com/envoy.type.v3.TokenBucket, max_tokens: 1, fill_interval: 1000s${inner}}
`;
const secret = (inner: string) => `version_info: "1"
resources:
- "@type": ${types}.transport_sockets.tls.v3.Secret
  name: token
  generic_secret: {secret: {inline_string: abc${inner}}}
`;

const log = `access_log:
- name: file
  filter:
    extension_filter:
      name: rate
      typed_config:
        "@type": ${types}.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter
        dynamic_config: {resource_name: "", config_source: {path_config_source: {path: "{{folder}}/bucket.yaml"}}}
  typed_config:
    "@type": ${types}.access_loggers.file.v3.FileAccessLog
    path: "{{log.web}}"
    log_format:
      text_format_source: {inline_string: "%SECRET(token)%\\n"}
      formatters:
      - name: secret
        typed_config:
          "@type": ${types}.formatter.generic_secret.v3.GenericSecret
          secret_configs: {token: {name: token, sds_config: {path_config_source: {path: "{{folder}}/secret.yaml"}}}}
`;
const config = bootstrap(
  [listener('web', hcm({ routes: '- {match: {prefix: /}, direct_response: {status: 200}}\n', extra: log }))],
  [],
  'node: {id: me, cluster: mine}',
);
const counted: Exchange = get('web', '/', [], {
  only: '^$',
  logs: ['web'],
  stats: '^(local_ratelimit_discovery|sds\\.token)\\.(update_[afrs]|version_text)|unknown_fields|process_ratelimit',
});

function suite(name: string, files: Suite['files'], args?: readonly string[]): Suite {
  return {
    kind: 'traffic',
    name: `unknown-fields-${name}`,
    config,
    ...(files && { files }),
    ...(args && { args }),
    cases: [
      { name: 'at the start', steps: [counted, counted] },
      {
        name: 'another file',
        steps: [
          { do: 'write-file', file: 'bucket.yaml', text: bucket('odd: 3', '', 2) },
          { do: 'await-stat', name: 'local_ratelimit_discovery.update_attempt', value: 2, orMore: true },
          { ...counted, stats: '^local_ratelimit_discovery\\.(update_[frs]|version_text)|unknown_fields' },
        ],
      },
    ],
  };
}

const odd = { 'bucket.yaml': bucket('odd: {a: [1]}'), 'secret.yaml': secret(', odd: 1') };

export const unknownFieldsSuites: readonly Suite[] = [
  suite('none', { 'bucket.yaml': bucket(''), 'secret.yaml': secret('') }),
  suite('told', odd),
  suite('inner', { 'bucket.yaml': bucket('', ', odd: 3'), 'secret.yaml': secret('') }),
  suite('ignored', odd, ['--ignore-unknown-dynamic-fields']),
  // A bucket that never came would keep the server from starting.
  suite('refused', { 'bucket.yaml': bucket(''), 'secret.yaml': secret('') }, ['--reject-unknown-dynamic-fields']),
];
