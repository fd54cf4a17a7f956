/** How much of a body the router keeps for another attempt, a redirect or a mirror: whose limit counts. */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { ok, request, response, stats } from '../requests.ts';

const retry = 'retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 0.001s, max_interval: 0.002s}}';
const limits: Readonly<Record<string, string>> = {
  none: '',
  older: 'per_request_buffer_limit_bytes: 2000',
  lower: 'request_body_buffer_limit: 500',
  higher: 'request_body_buffer_limit: 3000',
  high: 'request_body_buffer_limit: 100000',
  zero: 'request_body_buffer_limit: 0',
};
const actions: Readonly<Record<string, string>> = {
  retried: retry,
  redirected: 'internal_redirect_policy: {}',
  mirrored: 'request_mirror_policies: [{cluster: mirror}]',
};
const routes = Object.entries(actions)
  .flatMap(([action, what]) =>
    Object.entries(limits).map(
      ([limit, lines]) => `- match: {prefix: /${action}/${limit}}
  route: {cluster: u0, ${what}}
${lines === '' ? '' : `  ${lines}\n`}`,
    ),
  )
  .join('');
const buffering = `- name: envoy.filters.http.buffer
  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 5000}
`;

const again = response('HTTP/1.1 503 X', ['content-length: 0']);
const moved = response('HTTP/1.1 302 X', ['location: http://test/retried/none', 'content-length: 0']);
const firstAnswers: Readonly<Record<string, string>> = { retried: again, redirected: moved };
const sizes = [400, 1500, 4000];

function sent(to: string, action: string, limit: string, size: number): Exchange {
  const head = request(`POST /${action}/${limit} HTTP/1.1`, [`content-length: ${size}`]);
  const body = 'x'.repeat(size);
  const first = firstAnswers[action];
  return {
    to,
    send: [head, body.slice(0, 300), body.slice(300)],
    reply: { u0: first === undefined ? [{ send: ok() }] : [{ send: first }, { send: ok() }] },
    logs: [to],
    blind: true,
  };
}

const kept = stats('^cluster\\.(u0|mirror)\\.(upstream_rq_(total|completed|retry)|internal_redirect.*)$');

export const retryBuffers: Suite = {
  kind: 'traffic',
  name: 'retry-buffers',
  upstreams: { u0: 'http', mirror: 'http' },
  config: bootstrap(
    [
      ['small', router, 'per_connection_buffer_limit_bytes: 1024'],
      ['buffered', buffering + router, 'per_connection_buffer_limit_bytes: 1024'],
      ['ample', buffering + router, ''],
    ].map(([name = '', httpFilters = '', extra = '']) =>
      listener(
        name,
        hcm({
          routes,
          httpFilters,
          log: {
            name,
            format: '%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %RESPONSE_CODE_DETAILS%',
          },
        }),
        extra,
      ),
    ),
    [cluster('u0'), cluster('mirror')],
  ),
  cases: ['small', 'buffered', 'ample'].flatMap((name) =>
    Object.keys(actions).map((action) => ({
      name: `${name}, ${action}`,
      steps: [...Object.keys(limits).flatMap((limit) => sizes.map((size) => sent(name, action, limit, size))), kept],
    })),
  ),
};
