import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { HttpManagerHarness } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import type { Mutation } from '../../../../common/http/header-mutation-steps.ts';
import { earlyHeaderMutation } from './index.ts';

const TYPE = 'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation';
const { read } = configReader([earlyHeaderMutation]);

function create(mutations: readonly object[]) {
  const { config, problems } = read(TYPE, { mutations: mutations as never });
  return { problems, mutation: earlyHeaderMutation.createEarlyHeaderMutation(config as readonly Mutation[]) };
}

const append = (key: string, value: string) => ({ append: { header: { key, value } } });

test('steps are made before the request is sanitised and its client looked for', () => {
  const { mutation, problems } = create([
    append('x-seen', '%REQ(:path)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'),
    append('x-forwarded-for', '7.7.7.7'),
    append('x-envoy-internal', 'true'),
    { remove: 'gone' },
  ]);
  assert.deepEqual(problems, []);
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([terminals.create], { earlyHeaderMutations: [mutation] }, '10.0.0.9');
  http.request({ ':path': '/p', gone: '1' });
  const { callbacks } = terminals.last;
  const seen = callbacks.requestHeaders;
  assert.deepEqual(
    ['x-seen', 'gone', 'x-envoy-internal'].map((name) => seen?.get(name)),
    ['/p 10.0.0.9', undefined, undefined],
  );
  assert.equal(callbacks.streamInfo.downstreamConnection.remoteAddress.ip, '7.7.7.7');
});

test('routing headers are not set', () => {
  for (const key of [':path', 'Host']) {
    const { problems } = create([append(key, '/')]);
    assert.match(problems[0] ?? '', /:-prefixed or host headers may not be modified/);
  }
});

test('one that says so is the last', () => {
  const terminals = new TerminalFilters();
  const last = { mutate: () => false };
  const { mutation } = create([append('x-late', '1')]);
  new HttpManagerHarness([terminals.create], { earlyHeaderMutations: [last, mutation] }).request();
  assert.equal(terminals.last.callbacks.requestHeaders?.has('x-late'), false);
});
