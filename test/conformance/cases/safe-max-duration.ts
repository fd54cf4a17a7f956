/** `http1_safe_max_connection_duration`: what is under way is not the last answer; the next request's is, and says so. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok } from '../requests.ts';

const routes = `
- {match: {prefix: /timeout}, route: {cluster: up, timeout: 0.3s}}
- {match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: direct}}}
- {match: {prefix: /}, route: {cluster: up, timeout: 0s}}
`;
const extra = 'common_http_protocol_options: {max_connection_duration: 0.1s}\nhttp1_safe_max_connection_duration: true';
const held = { reply: { on: 'never' }, conn: 'old' } as const;
const reached = { do: 'await-stat', name: 'http.in.downstream_cx_max_duration_reached', orMore: true } as const;

export const safeMaxDuration: Suite = {
  kind: 'traffic',
  name: 'safe-max-duration',
  config: bootstrap([listener('web', hcm({ routes, extra }))], [cluster('up')]),
  upstreams: { up: 'http' },
  cases: [
    {
      name: 'an answer of the upstream, then another',
      steps: [
        get('web', '/', [], { ...held, raw: 0, blind: true }),
        { ...reached, value: 1 },
        { to: 'web', conn: 'old', push: { upstream: 'up', reply: { send: ok() } }, blind: true },
        get('web', '/direct', [], { conn: 'old' }),
      ],
    },
    {
      name: 'a timeout, then an answer of the upstream',
      steps: [get('web', '/timeout', [], held), get('web', '/', [], { conn: 'old' })],
    },
  ],
};
