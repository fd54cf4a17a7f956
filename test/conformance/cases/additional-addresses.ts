/** Endpoints with several addresses, and in which order those are tried. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, indent, listener, to } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

interface Endpoint {
  readonly addresses: readonly string[];
  /** Of the cluster. */
  readonly lines?: string;
}

const order = (text: string) => `upstream_connection_options: {happy_eyeballs_config: {${text}}}`;
/** Of these 127.0.0.1 alone answers. How many are tried before it tells the order. */
const mixed = ['127.0.0.9', '127.0.0.1', '::1', '::2'];
const sixes = ['127.0.0.1', '::1', '::2', '::3'];

const endpoints: Readonly<Record<string, Endpoint>> = {
  first: { addresses: ['127.0.0.1', '127.0.0.9'] },
  second: { addresses: ['127.0.0.9', '127.0.0.1'] },
  none: { addresses: ['127.0.0.9', '127.0.0.8'] },
  turns: { addresses: mixed },
  empty: { addresses: mixed, lines: order('') },
  four: { addresses: mixed, lines: order('first_address_family_version: V4') },
  six: { addresses: mixed, lines: order('first_address_family_version: V6') },
  twofour: { addresses: mixed, lines: order('first_address_family_count: 2') },
  twosix: { addresses: sixes, lines: order('first_address_family_version: V6, first_address_family_count: 2') },
  sixonly: { addresses: ['127.0.0.1', '127.0.0.9'], lines: order('first_address_family_version: V6') },
  sixfirst: { addresses: sixes, lines: order('first_address_family_version: V6') },
  strict: { addresses: ['127.0.0.9', '127.0.0.1'], lines: 'type: STRICT_DNS' },
};

const address = (ip: string) => `address: {socket_address: {address: "${ip}", port_value: {{u0}}}}`;

function clusterOf(name: string, { addresses: [first = '', ...others], lines = '' }: Endpoint): string {
  return `- name: ${name}
  connect_timeout: 2s
${indent(lines === '' ? 'type: STATIC' : lines, 2)}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints:
      - endpoint: {${address(first)}, additional_addresses: [${others.map((ip) => `{${address(ip)}}`).join(', ')}]}
`;
}

const names = Object.keys(endpoints);
const format =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON%';

export const additionalAddresses: Suite = {
  kind: 'traffic',
  name: 'additional-addresses',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({ routes: names.map((name) => to(name, `/${name}/`)).join(''), log: { name: 'web', format } }),
      ),
    ],
    Object.entries(endpoints).map(([name, endpoint]) => clusterOf(name, endpoint)),
  ),
  cases: names.map((name) => ({
    name,
    steps: [
      get('web', `/${name}/`, [], { logs: ['web'], blind: true }),
      stats(`^cluster\\.${name}\\.upstream_cx_(total|connect_fail|active|connect_attempts_exceeded|destroy)`),
      { ...get('admin', `/clusters?filter=^${name}$`), blind: true, only: '^$', normalise: ['sorted-lines'] },
    ],
  })),
};

const endpoint = (first: string, other: string) =>
  `name: a\nload_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: ${first}, additional_addresses: [${other}]}}]}]}`;
const ip = (text: string) => `{socket_address: {address: "${text}", port_value: 1}}`;
const pipe = '{pipe: {path: /tmp/x.sock}}';

const lists: readonly Row[] = [
  ['another version', endpoint(ip('127.0.0.1'), `{address: ${ip('::1')}}`)],
  ['a name', endpoint(ip('127.0.0.1'), `{address: ${ip('foo.bar')}}`)],
  ['a path', endpoint(ip('127.0.0.1'), `{address: ${pipe}}`)],
  ['behind a path', endpoint(pipe, `{address: ${ip('127.0.0.1')}}`)],
  ['no address', endpoint(ip('127.0.0.1'), '{}')],
  ['an empty address', endpoint(ip('127.0.0.1'), '{address: {}}')],
  ['of a name to look up', `type: STRICT_DNS\n${endpoint(ip('localhost'), `{address: ${pipe}}`)}`],
  ['of one name', `type: LOGICAL_DNS\n${endpoint(ip('localhost'), '{}')}`],
];

const orders: readonly Row[] = [
  ['all', order('first_address_family_version: V6, first_address_family_count: 3')],
  ['empty', order('')],
  ['a count of 0', order('first_address_family_count: 0')],
  ['an unknown version', order('first_address_family_version: 7')],
  ['an unknown name', order('first_address_family_version: V5')],
];

export const verdictAdditionalAddresses: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-additional-addresses',
  configs: [...rows('addresses', clusterWith, lists), ...rows('order', clusterWith, orders)],
};
