/** Random virtual hosts and routes. */
import type { Dice } from '../../simulation/dice.ts';
import type { JsonObject } from '../verdicts/tree.ts';
import {
  formats,
  fraction,
  headerMatcher,
  maybe,
  metadata,
  mutations,
  perFilter,
  some,
  stringMatcher,
  types,
} from './pieces.ts';

const prefixes = ['/', '/a', '/a/b', '/api', '/x', '/A', '/a/', '/v1/users'];
export const clusters = ['u0', 'u1', 'dead', 'opts'];

function pathMatch(dice: Dice): JsonObject {
  const prefix = dice.pick(prefixes);
  return dice.pick<() => JsonObject>([
    () => ({ prefix }),
    () => ({ prefix }),
    () => ({ path: prefix }),
    () => ({ safe_regex: { regex: dice.pick(['/a.*', '/[a-z]+/b', '/v1/users/(\\d+)', '.*\\.js', '/a(/b)?(/c)?']) } }),
    () => ({ path_separated_prefix: dice.pick(['/a', '/a/b', '/api', '/v1']) }),
    () => ({
      path_match_policy: {
        name: 't',
        typed_config: {
          '@type': `${types}.path.match.uri_template.v3.UriTemplateMatchConfig`,
          path_template: dice.pick(['/a/{b}', '/v1/{r=*}/{id}', '/a/{rest=**}', '/{x}/y', '/a/*/c']),
        },
      },
    }),
  ])();
}

function match(dice: Dice): JsonObject {
  const path = pathMatch(dice);
  return {
    ...path,
    ...maybe(dice, 0.15, () => ({ case_sensitive: false })),
    ...maybe(dice, 0.3, () => ({ headers: some(dice, 2, () => headerMatcher(dice)) })),
    ...maybe(dice, 0.15, () => ({
      query_parameters: [
        dice.chance(0.5)
          ? { name: 'q', string_match: stringMatcher(dice, ['1', 'ab']) }
          : { name: dice.pick(['q', 'r']), present_match: dice.chance(0.8) },
      ],
    })),
    ...maybe(dice, 0.08, () => ({ runtime_fraction: fraction(dice) })),
    ...maybe(dice, 0.05, () => ({ grpc: {} })),
    ...maybe(dice, 0.06, () => ({
      cookies: [
        {
          name: 'sid',
          string_match: stringMatcher(dice, ['abc', '1']),
          ...maybe(dice, 0.3, () => ({ invert_match: true })),
        },
      ],
    })),
  };
}

/** A rewrite that fits the kind of match. */
function rewrite(dice: Dice, on: JsonObject): JsonObject {
  if ('path_match_policy' in on) {
    const policy = on['path_match_policy'] as { typed_config: { path_template: string } };
    const to = /\{rest/.test(policy.typed_config.path_template)
      ? '/new/{rest}'
      : /\{b\}/.test(policy.typed_config.path_template)
        ? '/{b}/x'
        : undefined;
    if (to === undefined || dice.chance(0.4)) return {};
    return {
      path_rewrite_policy: {
        name: 'r',
        typed_config: {
          '@type': `${types}.path.rewrite.uri_template.v3.UriTemplateRewriteConfig`,
          path_template_rewrite: to,
        },
      },
    };
  }
  return dice.pick<() => JsonObject>([
    () => ({}),
    () => ({}),
    () => ({ prefix_rewrite: dice.pick(['/', '/new', '/new/', '/n?x=1']) }),
    () => ({
      regex_rewrite: {
        pattern: { regex: dice.pick(['^/a(/.*)?$', '/([a-z]+)', '/']) },
        substitution: dice.pick(['/r\\1', '/z', '\\0x']),
      },
    }),
    () => ({ path_rewrite: dice.pick(['/fixed', '/p/%REQ(x-a)%', '/%REQ(:method)%?k=v']) }),
  ])();
}

function hostRewrite(dice: Dice): JsonObject {
  return dice.pick<() => JsonObject>([
    () => ({}),
    () => ({}),
    () => ({}),
    () => ({ host_rewrite_literal: 'lit.test' }),
    () => ({ auto_host_rewrite: true }),
    () => ({ host_rewrite_header: 'x-a' }),
    () => ({ host_rewrite_path_regex: { pattern: { regex: '^/(\\w+).*$' }, substitution: '\\1.test' } }),
    () => ({ host_rewrite: '%REQ(x-b)%.test' }),
  ])();
}

function retryPolicy(dice: Dice): JsonObject {
  return {
    retry_on: dice.pick([
      '5xx',
      'reset,connect-failure',
      'gateway-error',
      'retriable-4xx',
      'retriable-status-codes',
      '5xx,retriable-headers',
      'refused-stream',
      'envoy-ratelimited',
      'http3-post-connect-failure',
      'reset-before-request',
    ]),
    ...maybe(dice, 0.6, () => ({ num_retries: dice.between(0, 3) })),
    ...maybe(dice, 0.3, () => ({ retriable_status_codes: [503, 404] })),
    ...maybe(dice, 0.2, () => ({ retriable_headers: [{ name: 'x-up', present_match: true }] })),
    ...maybe(dice, 0.1, () => ({ retriable_request_headers: [headerMatcher(dice)] })),
    ...maybe(dice, 0.2, () => ({ per_try_timeout: '0.15s' })),
    retry_back_off: { base_interval: '0.001s', max_interval: '0.005s' },
  };
}

function clusterChoice(dice: Dice): JsonObject {
  return dice.pick<() => JsonObject>([
    () => ({ cluster: dice.pick(clusters) }),
    () => ({ cluster: 'u0' }),
    () => ({ cluster: 'u0' }),
    () => ({
      cluster_header: 'x-cluster',
      ...maybe(dice, 0.4, () => ({ cluster_not_found_response_code: 'NOT_FOUND' })),
    }),
    () => ({
      weighted_clusters: {
        clusters: [
          {
            name: 'u1',
            weight: 1,
            ...mutations(dice, 0.4),
            ...maybe(dice, 0.3, () => ({ host_rewrite_literal: 'wc.test' })),
            ...perFilter(dice),
          },
          { name: 'u0', weight: 0 },
        ],
      },
    }),
  ])();
}

function forward(dice: Dice, on: JsonObject): JsonObject {
  return {
    ...clusterChoice(dice),
    ...rewrite(dice, on),
    ...hostRewrite(dice),
    ...maybe(dice, 0.15, () => ({ append_x_forwarded_host: true })),
    ...maybe(dice, 0.2, () => ({ timeout: dice.pick(['0s', '0.2s', '5s']) })),
    ...maybe(dice, 0.1, () => ({ idle_timeout: dice.pick(['0s', '0.2s']) })),
    ...maybe(dice, 0.3, () => ({ retry_policy: retryPolicy(dice) })),
    ...maybe(dice, 0.08, () => ({
      request_mirror_policies: [
        { cluster: 'mirror', ...maybe(dice, 0.5, () => ({ disable_shadow_host_suffix_append: true })) },
      ],
    })),
    ...maybe(dice, 0.1, () => ({ priority: 'HIGH' })),
    ...maybe(dice, 0.1, () => ({
      internal_redirect_policy: {
        ...maybe(dice, 0.5, () => ({ max_internal_redirects: dice.between(0, 2) })),
        ...maybe(dice, 0.5, () => ({ redirect_response_codes: [301, 302, 303, 307] })),
      },
    })),
    ...maybe(dice, 0.08, () => ({
      upgrade_configs: [{ upgrade_type: 'websocket', ...maybe(dice, 0.4, () => ({ enabled: false })) }],
    })),
    ...maybe(dice, 0.06, () => ({ max_stream_duration: { max_stream_duration: '0.3s' } })),
  };
}

function redirect(dice: Dice): JsonObject {
  return {
    ...maybe(dice, 0.3, () => ({ host_redirect: dice.pick(['new.test', 'new.test:99', '%REQ(x-a)%.test']) })),
    ...maybe(dice, 0.3, () => ({ port_redirect: 8443 })),
    ...maybe(dice, 0.4, () =>
      dice.chance(0.5)
        ? { https_redirect: dice.chance(0.8) }
        : { scheme_redirect: dice.pick(['https', 'http', 'ftp']) },
    ),
    ...dice.pick<() => JsonObject>([
      () => ({}),
      () => ({ path_redirect: dice.pick(['/p', '/p?x=y', '/%REQ(x-a)%']) }),
      () => ({ prefix_rewrite: '/pre' }),
      () => ({ regex_rewrite: { pattern: { regex: '^/(a)(.*)$' }, substitution: '/\\2/\\1' } }),
    ])(),
    ...maybe(dice, 0.3, () => ({ strip_query: true })),
    ...maybe(dice, 0.4, () => ({
      response_code: dice.pick(['MOVED_PERMANENTLY', 'FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT']),
    })),
  };
}

function direct(dice: Dice): JsonObject {
  return {
    status: dice.pick([200, 201, 204, 304, 404, 429, 500, 503]),
    ...maybe(dice, 0.7, () =>
      dice.chance(0.6)
        ? { body: { inline_string: dice.pick(['hello', '', 'a b\n']) } }
        : {
            body_format: {
              text_format_source: { inline_string: dice.pick(formats) },
              ...maybe(dice, 0.4, () => ({ content_type: 'text/x' })),
            },
          },
    ),
  };
}

function route(dice: Dice, index: number): JsonObject {
  const on = match(dice);
  const action = dice.pick<() => JsonObject>([
    () => ({ route: forward(dice, on) }),
    () => ({ route: forward(dice, on) }),
    () => ({ route: forward(dice, on) }),
    () => ({ route: forward(dice, on) }),
    () => ({ redirect: redirect(dice) }),
    () => ({ direct_response: direct(dice) }),
    () => ({ non_forwarding_action: {} }),
  ])();
  return {
    match: on,
    ...action,
    ...maybe(dice, 0.5, () => ({ name: `r${index}` })),
    ...mutations(dice, 0.25),
    ...metadata(dice, 0.3, `route ${index}`),
    ...maybe(dice, 0.25, () => perFilter(dice)),
    ...maybe(dice, 0.1, () => ({ stat_prefix: `sp${index}` })),
    ...maybe(dice, 0.06, () => ({ per_request_buffer_limit_bytes: 8 })),
    ...maybe(dice, 0.05, () => ({ decorator: { operation: 'op' } })),
  };
}

const domainSets = [
  ['*'],
  ['one.test', 'one.test:8080'],
  ['*.two.test', '*-x.test'],
  ['three.*', 'thr.*'],
  ['ONE.two.test', 'a.test.'],
];

function virtualHost(dice: Dice, domains: readonly string[], index: number): JsonObject {
  return {
    name: `v${index}`,
    domains: [...domains],
    routes: some(dice, 6, (at) => route(dice, at)),
    ...mutations(dice, 0.25),
    ...metadata(dice, 0.3, `vhost ${index}`),
    ...maybe(dice, 0.3, () => ({
      virtual_clusters: [
        { name: 'posts', headers: [{ name: ':method', string_match: { exact: 'POST' } }] },
        { name: 'as', headers: [{ name: ':path', string_match: { prefix: '/a' } }] },
      ],
    })),
    ...maybe(dice, 0.2, () => ({ retry_policy: retryPolicy(dice) })),
    ...maybe(dice, 0.2, () => ({ include_request_attempt_count: true })),
    ...maybe(dice, 0.2, () => ({ include_attempt_count_in_response: true })),
    ...maybe(dice, 0.1, () => ({ include_is_timeout_retry_header: true })),
    ...maybe(dice, 0.06, () => ({ require_tls: dice.pick(['ALL', 'EXTERNAL_ONLY']) })),
    ...maybe(dice, 0.1, () => perFilter(dice)),
    ...maybe(dice, 0.06, () => ({ per_request_buffer_limit_bytes: 10 })),
  };
}

export function routeConfig(dice: Dice): JsonObject {
  const hosts = domainSets.filter((_, index) => dice.chance(index === 0 ? 0.85 : 0.45));
  return {
    name: 'routes',
    virtual_hosts: hosts.map((domains, index) => virtualHost(dice, domains, index)),
    ...mutations(dice, 0.25),
    ...maybe(dice, 0.3, () => ({ most_specific_header_mutations_wins: true })),
    ...maybe(dice, 0.1, () => ({ internal_only_headers: ['x-b'] })),
    ...maybe(dice, 0.1, () => ({ ignore_port_in_host_matching: true })),
    ...maybe(dice, 0.1, () => ({ ignore_path_parameters_in_path_matching: true })),
    ...maybe(dice, 0.1, () => ({ max_direct_response_body_size_bytes: 20 })),
    ...metadata(dice, 0.1, 'routes'),
  };
}
