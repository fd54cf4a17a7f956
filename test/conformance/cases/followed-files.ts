/** Files that are read again while the proxy runs: token buckets of access logs, bodies of direct responses, contents in formats. */
import type { Exchange, Step, Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, indent, listener } from '../config.ts';
import { get } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const node = 'node: {id: test-node, cluster: test-cluster}\n';

const bucket = (tokens: number, interval = '1000s', version = 1) => `version_info: "${version}"
resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: bucket
  resource: {"@type": type.googleapis.com/envoy.type.v3.TokenBucket, max_tokens: ${tokens}, fill_interval: ${interval}}
`;

const filter = (source: string, name = 'bucket') => `filter:
  extension_filter:
    name: rate
    typed_config:
      "@type": ${types}.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter
      dynamic_config: {resource_name: ${name}, config_source: ${source}}
`;
const fromFile = (file: string) => `{path_config_source: {path: "{{folder}}/${file}"}}`;

const log = (name: string, text: string, extra: string) => `- name: file
  typed_config:
    "@type": ${types}.access_loggers.file.v3.FileAccessLog
    path: "{{log.${name}}}"
    log_format:
      formatters: [{name: content, typed_config: {"@type": ${types}.formatter.file_content.v3.FileContent}}]
      text_format_source: {inline_string: ${JSON.stringify(`${text}\n`)}}
${indent(extra, 2)}
`;

const file = (name: string, folder: string) =>
  `{filename: "{{folder}}/${name}", watched_directory: {path: "${folder}"}}`;
const routes = `- {match: {path: /watched}, direct_response: {status: 200, body: ${file('text', '{{folder}}')}}}
- {match: {path: /once}, direct_response: {status: 200, body: {filename: "{{folder}}/text"}}}
- match: {path: /formatted}
  direct_response: {status: 200, body: ${file('text', '{{folder}}')}, body_format: {text_format_source: ${file('format', '{{folder}}')}}}
- {match: {path: /limited}, direct_response: {status: 200, body: ${file('text', '{{folder}}')}}}
`;

const logs = [
  log('a', 'a %REQ(:path)%', filter(fromFile('bucket.yaml'))),
  log('b', 'b %REQ(:path)%', filter(fromFile('another.yaml'), 'other')),
  log('content', '%FILE_CONTENT({{folder}}/text)% %FILE_CONTENT({{folder}}/text:{{folder}}):4%', ''),
].join('');

const request = (path: string): Exchange => get('l', path, [], { logs: ['a', 'b', 'content'], only: '^$' });
const counted: Exchange = get('l', '/watched', [], {
  logs: ['a', 'b', 'content'],
  only: '^$',
  stats: '^access_log\\.process|^local_ratelimit_discovery\\.(update_[afrs]|version_text)',
});
const write = (name: string, text: string): Step => ({ do: 'write-file', file: name, text });
const until = (value: number): Step => ({
  do: 'await-stat',
  name: 'local_ratelimit_discovery.update_attempt',
  value,
});

export const followedFiles: Suite = {
  kind: 'traffic',
  name: 'followed-files',
  files: {
    'bucket.yaml': bucket(4),
    'another.yaml': bucket(1),
    text: 'first text',
    format: '[%LOCAL_REPLY_BODY%]',
  },
  config: `${node}${bootstrap(
    [
      listener(
        'l',
        hcm({ routes, routeConfig: 'max_direct_response_body_size_bytes: 16', extra: `access_log:\n${logs}` }),
      ),
    ],
    [],
  )}`,
  cases: [
    {
      name: 'as they are at the start',
      steps: [...['/watched', '/once', '/formatted'].map(request), counted, counted],
    },
    {
      name: 'something else in their place',
      steps: [
        write('text', 'other text'),
        write('format', '<%LOCAL_REPLY_BODY%>'),
        write('bucket.yaml', bucket(2, '1000s', 2)),
        until(4),
        ...['/watched', '/once', '/formatted'].map(request),
        counted,
      ],
    },
    {
      name: 'what cannot be used',
      steps: [
        write('text', 'a text that is longer than bodies may be'),
        write('bucket.yaml', bucket(9, '0.001s', 3)),
        until(6),
        counted,
        write('bucket.yaml', 'no: [discovery'),
        until(8),
        counted,
        write('text', ''),
        write('bucket.yaml', bucket(0, '1s', 4)),
        until(10),
        counted,
        request('/limited'),
      ],
    },
  ],
};

const config = (source: string) =>
  `${node}${bootstrap([listener('l', hcm({ routes, extra: `access_log:\n${log('a', '', filter(source))}` }))], [])}`;
const direct = (body: string) =>
  bootstrap(
    [listener('l', hcm({ routes: `- {match: {prefix: /}, direct_response: {status: 200, body: ${body}}}` }))],
    [],
  );

export const verdictFollowedFiles: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-followed-files',
  files: { 'bucket.yaml': bucket(4), 'short.yaml': bucket(4, '0.01s'), text: 'text', format: 'x', none: 'x: [' },
  configs: [
    { name: 'bucket: a file', config: config(fromFile('bucket.yaml')) },
    { name: 'bucket: the older field', config: config('{path: "{{folder}}/bucket.yaml"}') },
    { name: 'bucket: no such file', config: config(fromFile('missing.yaml')) },
    { name: 'bucket: filled too often', config: config(fromFile('short.yaml')) },
    { name: 'bucket: a file of something else', config: config(fromFile('none')) },
    { name: 'bucket: no source', config: config('{}') },
    { name: 'bucket: of ADS, without any', config: config('{ads: {}}') },
    { name: 'bucket: without a node', config: config(fromFile('bucket.yaml')).replace(node, '') },
    {
      name: 'bucket: a watched folder that is not there',
      config: config('{path_config_source: {path: "{{folder}}/bucket.yaml", watched_directory: {path: /nowhere}}}'),
    },
    { name: 'body: watched', config: direct(file('text', '{{folder}}')) },
    { name: 'body: a watched folder that is not there', config: direct(file('text', '/nowhere')) },
    {
      name: 'body: inline, with a folder that is not there',
      config: direct('{inline_string: a, watched_directory: {path: /nowhere}}'),
    },
  ],
};
