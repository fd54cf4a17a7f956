/** HTTP filters and their per-route configuration that Envoy takes or refuses. */
import type { VerdictTable } from '../case.ts';
import { hcmWith, type Row, route, routeConfig, rows, virtualHost } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions.filters.http';
const router = `{name: router, typed_config: {"@type": ${types}.router.v3.Router}}`;
const always = '{default_value: {numerator: 100}}';

const filter = (config: string) =>
  hcmWith(`http_filters: [{name: f, typed_config: {"@type": ${types}.${config}}}, ${router}]`);
const onRoute = (config: string) =>
  route(`match: {prefix: /}\nroute: {cluster: a}\ntyped_per_filter_config: {f: {"@type": ${types}.${config}}}`);

const filterRows: readonly Row[] = [
  ['cors', 'cors.v3.Cors'],
  ['cors unknown field', 'cors.v3.Cors, allow_methods: GET'],
  ['csrf empty', 'csrf.v3.CsrfPolicy'],
  ['csrf', `csrf.v3.CsrfPolicy, filter_enabled: ${always}, additional_origins: [{exact: a}]`],
  ['csrf fraction without value', 'csrf.v3.CsrfPolicy, filter_enabled: {runtime_key: x}'],
  ['csrf bad regex', `csrf.v3.CsrfPolicy, filter_enabled: ${always}, additional_origins: [{safe_regex: {regex: "("}}]`],
  ['csrf empty matcher', `csrf.v3.CsrfPolicy, filter_enabled: ${always}, additional_origins: [{}]`],
  ['fault empty', 'fault.v3.HTTPFault'],
  ['fault delay without kind', 'fault.v3.HTTPFault, delay: {percentage: {numerator: 1}}'],
  ['fault delay of 0', 'fault.v3.HTTPFault, delay: {fixed_delay: 0s}'],
  ['fault delay', 'fault.v3.HTTPFault, delay: {fixed_delay: 1s, percentage: {numerator: 1, denominator: MILLION}}'],
  ['fault abort without kind', 'fault.v3.HTTPFault, abort: {percentage: {numerator: 1}}'],
  ['fault abort 199', 'fault.v3.HTTPFault, abort: {http_status: 199}'],
  ['fault abort 600', 'fault.v3.HTTPFault, abort: {http_status: 600}'],
  ['fault abort grpc', 'fault.v3.HTTPFault, abort: {grpc_status: 99}'],
  ['fault abort both', 'fault.v3.HTTPFault, abort: {http_status: 500, grpc_status: 9}'],
  ['fault rate limit empty', 'fault.v3.HTTPFault, response_rate_limit: {}'],
  ['fault rate limit 0', 'fault.v3.HTTPFault, response_rate_limit: {fixed_limit: {limit_kbps: 0}}'],
  ['fault rate limit by header', 'fault.v3.HTTPFault, response_rate_limit: {header_limit: {}}'],
  ['fault headers', 'fault.v3.HTTPFault, headers: [{name: a, string_match: {exact: b}}]'],
  ['fault headers without name', 'fault.v3.HTTPFault, headers: [{present_match: true}]'],
  ['h2m empty', 'header_to_metadata.v3.Config'],
  ['h2m', 'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {key: k}}]'],
  ['h2m both', 'header_to_metadata.v3.Config, request_rules: [{header: a, cookie: b, on_header_present: {key: k}}]'],
  ['h2m neither', 'header_to_metadata.v3.Config, request_rules: [{on_header_present: {key: k}}]'],
  ['h2m nothing to do', 'header_to_metadata.v3.Config, request_rules: [{header: a}]'],
  ['h2m no key', 'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {}}]'],
  [
    'h2m value and rewrite',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {key: k, value: v, regex_value_rewrite: {pattern: {regex: a}}}}]',
  ],
  [
    'h2m bad regex',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {key: k, regex_value_rewrite: {pattern: {regex: "("}}}}]',
  ],
  [
    'h2m remove cookie',
    'header_to_metadata.v3.Config, request_rules: [{cookie: a, remove: true, on_header_present: {key: k}}]',
  ],
  [
    'h2m missing without value',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_missing: {key: k}}]',
  ],
  [
    'h2m missing with value and rewrite',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_missing: {key: k, value: v, regex_value_rewrite: {pattern: {regex: a}}}}]',
  ],
  ['set_metadata empty', 'set_metadata.v3.Config'],
  ['set_metadata', 'set_metadata.v3.Config, metadata: [{metadata_namespace: a, value: {b: c}}]'],
  ['set_metadata old', 'set_metadata.v3.Config, metadata_namespace: a, value: {b: c}'],
  ['set_metadata without namespace', 'set_metadata.v3.Config, metadata: [{value: {b: c}}]'],
  ['set_metadata without value', 'set_metadata.v3.Config, metadata: [{metadata_namespace: a}]'],
];

const routeRows: readonly Row[] = [
  ['cors', 'cors.v3.CorsPolicy, allow_origin_string_match: [{exact: a}]'],
  ['cors bad regex', 'cors.v3.CorsPolicy, allow_origin_string_match: [{safe_regex: {regex: "("}}]'],
  ['csrf', `csrf.v3.CsrfPolicy, filter_enabled: ${always}`],
  ['fault', 'fault.v3.HTTPFault, abort: {http_status: 503}'],
  ['h2m empty', 'header_to_metadata.v3.Config'],
  ['h2m', 'header_to_metadata.v3.Config, response_rules: [{header: a, on_header_present: {key: k}}]'],
  ['set_metadata', 'set_metadata.v3.Config'],
];

export const verdictFilters: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-filters',
  configs: [
    ...rows('filter', filter, filterRows),
    ...rows('route', onRoute, routeRows),
    ...rows('cors of a route', (fragment) => route(`match: {prefix: /}\nroute: {cluster: a, cors: ${fragment}}`), [
      ['empty', '{}'],
      ['full', '{allow_origin_string_match: [{exact: a}], allow_methods: GET, max_age: "1", allow_credentials: true}'],
      ['bad regex', '{allow_origin_string_match: [{safe_regex: {regex: "("}}]}'],
    ]),
    ...rows('cors of a virtual host', virtualHost, [['empty', 'cors: {}']]),
    ...rows('of a table', routeConfig, [
      ['fault', `virtual_hosts: []\ntyped_per_filter_config: {f: {"@type": ${types}.fault.v3.HTTPFault}}`],
    ]),
  ],
};
