/** Formatter extensions that bring what stands outside the request: files and secrets. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const fileContent = `{name: f, typed_config: {"@type": ${T}.formatter.file_content.v3.FileContent}}`;
const discovered = (name: string) =>
  `{name: ${name}, sds_config: {path_config_source: {path: "{{folder}}/sds-${name}.yaml"}}}`;
const secret = `{name: s, typed_config: {"@type": ${T}.formatter.generic_secret.v3.GenericSecret, secret_configs: {token: {name: token}, empty: {name: empty}, file: {name: file}, several: {name: several}, found: ${discovered('found')}}}}`;
const formatters = `formatters: [${fileContent}, ${secret}]`;

const commands = [
  'FILE_CONTENT({{folder}}/text.txt)',
  'FILE_CONTENT({{folder}}/text.txt):3',
  'FILE_CONTENT({{folder}}/empty.txt)',
  'FILE_CONTENT({{folder}}/text.txt:{{folder}})',
  'FILE_CONTENT(:{{folder}}/utf8.txt)',
  'SECRET(token)',
  'SECRET(token):5',
  'SECRET(empty)',
  'SECRET(file)',
  'SECRET(several)',
  'SECRET(found)',
];
const text = commands.map((command) => `%${command}%`).join('|');
const json = commands.map((command, i) => `"${i}": "%${command}%"`).join(', ');
const logOf = (name: string, format: string) => `- name: ${name}
  typed_config:
    "@type": ${T}.access_loggers.file.v3.FileAccessLog
    path: "{{log.${name}}}"
    log_format: {${format}, ${formatters}}
`;
const sds = (value: string) =>
  `resources:\n- {"@type": ${T}.transport_sockets.tls.v3.Secret, name: found, generic_secret: {secret: {inline_string: ${value}}}}\n`;
const statics = `secrets:
  - {name: token, generic_secret: {secret: {inline_string: "hello token"}}}
  - {name: empty, generic_secret: {secret: {inline_string: ""}}}
  - {name: file, generic_secret: {secret: {filename: "{{folder}}/utf8.txt"}}}
  - {name: several, generic_secret: {secrets: {a: {inline_string: x}}}}
`;

const routes = `- match: {prefix: /direct}
  direct_response: {status: 200, body_format: {text_format_source: {inline_string: "%FILE_CONTENT({{folder}}/text.txt)% %SECRET(token)%"}, ${formatters}}}
`;
const mapped = `local_reply_config: {body_format: {json_format: {file: "%FILE_CONTENT({{folder}}/text.txt)%", secret: "%SECRET(token):3%"}, ${formatters}}}`;
const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        routes,
        extra: `access_log:\n${logOf('text', `text_format_source: {inline_string: "${text}\\n"}`)}${logOf('json', `json_format: {${json}}`)}`,
      }),
    ),
    listener('mapped', hcm({ routes: '- {match: {path: /x}, direct_response: {status: 200}}', extra: mapped })),
  ],
  [cluster('dead', ['1'])],
).replace('static_resources:\n', `static_resources:\n  ${statics}`);

const logs = ['text', 'json'];

export const formatterExtensions: Suite = {
  kind: 'traffic',
  name: 'formatter-extensions',
  config: `node: {id: here, cluster: c}\n${config}`,
  files: { 'text.txt': 'first\nsecond', 'empty.txt': '', 'utf8.txt': 'é"\t', 'sds-found.yaml': sds('one') },
  cases: [
    {
      name: 'what was there',
      steps: [get('web', '/direct', [], { logs }), get('web', '/none', [], { logs }), get('mapped', '/')],
    },
    {
      name: 'a secret is replaced',
      steps: [
        { do: 'write-file', file: 'sds-found.yaml', text: sds('two') },
        { do: 'await-stat', name: 'sds.found.update_success', value: 2 },
        get('web', '/direct', [], { logs }),
      ],
    },
  ],
};
