import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponseFlag } from '../../../sdk/stream-info.ts';
import { HttpManagerHarness } from '../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../test/harness/terminal-filter.ts';
import type { ProxyStatusOptions } from './proxy-status.ts';

const OPTIONS: ProxyStatusOptions = {
  proxyName: 'envoy',
  removeDetails: false,
  removeConnectionTerminationDetails: false,
  removeResponseFlags: false,
  setRecommendedStatus: false,
};

/** The response's status and Proxy-Status header when the filters have noted `flags`. */
function respond(flags: readonly ResponseFlag[], options: Partial<ProxyStatusOptions> = {}, own?: string) {
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([terminals.create], { proxyStatus: { ...OPTIONS, ...options } });
  const stream = http.request();
  const { streamInfo } = terminals.last.callbacks;
  for (const flag of flags) streamInfo.setResponseFlag(flag);
  streamInfo.connectionTerminationDetails = 'wh"y';
  terminals.last.respondHeaders(503, own === undefined ? {} : { 'proxy-status': own });
  return [stream.headers?.status, stream.headers?.get('proxy-status')];
}

test('the first known flag names the error, all of them stand in the details', () => {
  assert.deepEqual(respond(['UF', 'URX']), [
    503,
    'envoy; error=connection_refused; details="via_upstream; wh\\"y; UF,URX"',
  ]);
  assert.deepEqual(respond(['URX'], { removeResponseFlags: true, removeConnectionTerminationDetails: true }), [
    503,
    'envoy; error=destination_unavailable; details="via_upstream"',
  ]);
  assert.deepEqual(respond(['NC'], { removeDetails: true }), [503, 'envoy; error=destination_unavailable']);
});

test('proxies behind us keep their word', () => {
  assert.deepEqual(respond(['UC'], { removeDetails: true }, 'up; error=x'), [
    503,
    'up; error=x, envoy; error=connection_terminated',
  ]);
});

test('without a fault of the proxy there is nothing to say', () => {
  assert.deepEqual(respond([]), [503, undefined]);
  assert.deepEqual(respond(['DI']), [503, undefined]);
});

test('the recommended status is set where there is one', () => {
  const options = { setRecommendedStatus: true, removeDetails: true };
  assert.deepEqual(respond(['NR'], options), [500, 'envoy; error=destination_not_found']);
  assert.deepEqual(respond(['DPE'], options), [503, 'envoy; error=http_request_error']);
});
