/** What configurations of routes count on their own: there from the start, whether or not the filter is in the chain. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { gets, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions.filters.http';
const limit = (name: string) =>
  `"@type": ${types}.local_ratelimit.v3.LocalRateLimit, stat_prefix: ${name}, token_bucket: {max_tokens: 1, fill_interval: 1000s}, filter_enabled: {default_value: {numerator: 100}}, filter_enforced: {default_value: {numerator: 100}}`;
const rules = (name: string) =>
  `"@type": ${types}.header_to_metadata.v3.Config, stat_prefix: ${name}, request_rules: [{header: x-a, on_header_present: {metadata_namespace: nn, key: k}, on_header_missing: {metadata_namespace: nn, key: k, value: v}}]`;
const values = `"@type": ${types}.set_metadata.v3.Config, metadata: [{metadata_namespace: a, value: {x: 1}}]`;
const filterConfig = (more: string) => `"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, ${more}`;
const per = (configs: string) => `typed_per_filter_config: {${configs}}`;
const host = (name: string, more: string) => `- name: ${name}\n  domains: [${name}]\n${more}`;

const manager = (statPrefix: string, virtualHosts: string, filters: string, routeConfig = '') =>
  listener(statPrefix, hcm({ statPrefix, virtualHosts, httpFilters: `${filters}${router}`, routeConfig }));

const levels = [
  host(
    'level',
    `  ${per(`rl: {${limit('host')}}, h2m: {${rules('host')}}`)}\n  routes: [{match: {prefix: /}, route: {cluster: u0}}]\n`,
  ),
  host(
    'routes',
    `  routes:
  - {match: {prefix: /a}, route: {cluster: u0}, ${per(`rl: {${limit('route')}}, set: {${values}}`)}}
  - {match: {prefix: /b}, direct_response: {status: 200}, ${per(`rl: {${limit('direct')}}`)}}
  - {match: {prefix: /c}, redirect: {path_redirect: /}, ${per(`rl: {${limit('redirect')}}`)}}
  - {match: {prefix: /d}, route: {cluster: u0}, ${per(`rl: {${filterConfig(`config: {${limit('wrapped')}}`)}}`)}}
  - {match: {prefix: /e}, route: {cluster: u0}, ${per(`rl: {${filterConfig(`disabled: true, config: {${limit('disabled')}}`)}}`)}}
  - {match: {prefix: /f}, route: {weighted_clusters: {clusters: [{name: u0, weight: 1, ${per(`rl: {${limit('weighted')}}`)}}, {name: u0, weight: 0, ${per(`rl: {${limit('weightless')}}`)}}]}}}
  - {match: {prefix: /g}, route: {cluster: u0}, ${per(`absent: {${limit('absent')}}, h2m: {${rules('route')}}`)}}
`,
  ),
  host(
    'tree',
    `  matcher:
    on_no_match: {action: {name: route, typed_config: {"@type": type.googleapis.com/envoy.config.route.v3.Route, match: {prefix: /}, route: {cluster: u0}, ${per(`rl: {${limit('tree')}}`)}}}}
`,
  ),
].join('');

/** So many that they are parsed when they are asked for; one has something of its own. */
const many = Array.from({ length: 300 }, (_, i) =>
  host(
    `many${i}`,
    `  routes: [{match: {prefix: /}, direct_response: {status: 200}${i === 150 ? `, ${per(`rl: {${limit('among')}}`)}` : ''}}]\n`,
  ),
).join('');
const filters = `- {name: rl, typed_config: {"@type": ${types}.local_ratelimit.v3.LocalRateLimit, stat_prefix: own}}
- {name: h2m, typed_config: {"@type": ${types}.header_to_metadata.v3.Config}}
- {name: set, typed_config: {${values}}}
`;

const all = stats('local_rate_limit|set_metadata|http_filter_name');

export const routeStatistics: Suite = {
  kind: 'traffic',
  name: 'route-statistics',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      manager('levels', levels, filters, per(`rl: {${limit('table')}}, h2m: {${rules('table')}}`)),
      manager('many', many, filters),
      manager('nofilter', host('x', `  ${per(`rl: {${limit('nobody')}}`)}\n`), ''),
    ],
    [cluster('u0')],
  ),
  cases: [
    { name: 'from the start', steps: [all] },
    gets('a table', 'levels', ['/', '/'], ['host: tree']),
    gets('a host', 'levels', ['/', '/'], ['host: level']),
    gets('routes', 'levels', ['/a', '/a', '/b', '/d', '/e', '/f', '/g'], ['host: routes']),
    gets('one of many', 'many', ['/', '/'], ['host: many150']),
    { name: 'after requests', steps: [all] },
  ],
};
