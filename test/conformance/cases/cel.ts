/** Expressions of the Common Expression Language in access logs: as they are by default, and with what the formatter extension allows. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';

/** Known without any feature. */
const plain: readonly string[] = [
  String.raw`re.extract('abc123','([a-z]+)([0-9]+)','\\2-\\1')`,
  String.raw`re.extract('xx1yy','([0-9])','<\\1>')`,
  "re.extract('abc','[0-9]','x')",
  "re.extract('abc','b','x')",
  String.raw`re.extract('a','(a)','\\2')`,
  String.raw`re.extract('a.b','(.)[.](.)','\\0!')`,
  String.raw`re.extract('a','(a)','\\\\\\1')`,
  String.raw`re.extract('a','(a)','\\x')`,
  String.raw`re.extract(request.path,'/(.*)','<\\1>')`,
  "re.extract(1,'a','b')",
  "re.capture('abc123','[a-z]+([0-9]+)')",
  "re.capture('abc123','([0-9]+)')",
  "re.capture('a1','([a-z])([0-9])')",
  "re.capture('abc','abc')",
  "re.capture('abc','(')",
  "re.capture('b','(a)|(b)')",
  "re.capture(request.path,'/(a)/.*')",
  "re.captureN('ab','(a)(b)')",
  `re.captureN('ab','(a)(b)')["1"]`,
  "re.captureN('ab','(?P<x>a)(b)').x",
  `re.captureN('ab','(?P<x>a)(b)')["2"]`,
  "re.captureN('ab','ab')",
  "'a'+'b'",
  "b'abc'+b'd'",
  "request.path + 'x'",
  '[1]+[2]',
  "'abc'.contains('b')",
  "size('abc')",
  "type('a')",
];

const withStrings: readonly string[] = [
  ...plain,
  'string(1)',
  'string(1.5)',
  'string(true)',
  "string(b'ab')",
  'string(request.path)',
  "string(duration('1.5s'))",
  "'aBc'.lowerAscii()",
  "'aBcé'.upperAscii()",
  "'abc'.charAt(1)",
  "'abc'.charAt(3)",
  "'abc'.charAt(4)",
  "'abcabc'.indexOf('b')",
  "'abcabc'.indexOf('b', 2)",
  "'abc'.indexOf('z')",
  "'abcabc'.lastIndexOf('b')",
  "'abcabc'.replace('b','x')",
  "'abcabc'.replace('b','x',1)",
  "'abc'.replace('','-')",
  "'a,b'.split(',')",
  "'a,b'.split(',')[1]",
  "'a,b,c'.split(',',2)[1]",
  "'abc'.split('')[2]",
  "'abc'.split('',2)[1]",
  "'a,b'.split(',',0)",
  "'a,b'.split(',',0)[0]",
  "'a,b'.split(',',-1)[1]",
  "'a,b'.split(',',1)[0]",
  "''.split(',')[0]",
  "'aaa'.replace('a','b',0)",
  "'aaa'.replace('a','b',2)",
  "'aaa'.replace('a','b',9)",
  "'aaa'.replace('a','b',-1)",
  "'abc'.replace('','-',2)",
  "['a','b'].join('-')",
  "['a','b'].join()",
  "'abc'.substring(1)",
  "'abc'.substring(1,2)",
  "'abc'.substring(2,1)",
  "' a\t '.trim()",
  "'abc'.reverse()",
  "'aé😀'.reverse()",
  "strings.quote('a')",
  "request.path.split('/')[1].upperAscii()",
];

function log(name: string, expressions: readonly string[], formatters = ''): string {
  const format = expressions.map((text) => `${text} => %CEL(${text})% %CEL(${text}):3%\n`).join('');
  const json = Object.fromEntries(expressions.map((text, i) => [`e${i}`, `%TYPED_CEL(${text})%`]));
  const logger = (file: string, formatted: string) => `- name: file
  typed_config:
    "@type": ${types}.access_loggers.file.v3.FileAccessLog
    path: "{{log.${file}}}"
    log_format: {${formatted}${formatters === '' ? '' : `, formatters: [${formatters}]`}}
`;
  return `access_log:\n${logger(name, `text_format_source: {inline_string: ${JSON.stringify(format)}}`)}${logger(`${name}-json`, `json_format: ${JSON.stringify(json)}`)}`;
}

function formatter(features: string): string {
  return `{name: envoy.formatter.cel, typed_config: {"@type": ${types}.formatter.cel.v3.Cel, cel_config: {${features}}}}`;
}

const all = formatter('enable_string_conversion: true, enable_string_concat: true, enable_string_functions: true');
const variants: Readonly<Record<string, string>> = {
  builtin: log('builtin', plain),
  empty: log('empty', plain, formatter('')),
  concat: log('concat', plain, formatter('enable_string_concat: true')),
  strings: log('strings', withStrings, all),
};

export const cel: Suite = {
  kind: 'traffic',
  name: 'cel',
  config: bootstrap(
    Object.entries(variants).map(([name, extra]) => listener(name, hcm({ routes: to('u0'), extra }))),
    [cluster('u0')],
  ),
  upstreams: { u0: 'http' },
  cases: Object.keys(variants).map((name) => ({
    name,
    steps: [get(name, '/a/bzz', [], { logs: [name, `${name}-json`], blind: true, only: '^$' })],
  })),
};
