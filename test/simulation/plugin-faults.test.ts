import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DecoderFilterCallbacks, defineHttpFilter, type Extension, type HttpFilter } from '../../sdk/index.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { listener } from './random-config.ts';

const simulation = new Simulation();

function start(create: () => HttpFilter) {
  const config = listener('in', 1000, 'chain');
  const faulty = defineHttpFilter<undefined>({
    name: 'test.faulty',
    configTypes: ['google.protobuf.Struct'],
    parseConfig: () => undefined,
    createFilterFactory: () => create,
  });
  const text = JSON.stringify(config).replace(
    '"http_filters":[',
    '"http_filters":[{"name":"test.faulty","typed_config":{"@type":"type.googleapis.com/google.protobuf.Struct"}},',
  );
  const bootstrap = { static_resources: { listeners: [JSON.parse(text)] } };
  return simulation.start({ config: bootstrap, extensions: [faulty as Extension] });
}

const fail = (): never => {
  throw new Error('a fault of the filter');
};

for (const [what, create] of [
  ['making a filter', fail],
  ['decodeHeaders', () => ({ decodeHeaders: fail })],
  ['decodeData', () => ({ decodeHeaders: () => 'StopIteration', decodeData: fail })],
  ['encodeHeaders', () => ({ encodeHeaders: fail })],
] as const) {
  test(`a throw in ${what} is this request’s 500, counted and logged; the worker goes on`, async () => {
    await using proxy = await start(create as () => HttpFilter);
    const request = { method: 'POST', path: '/c0/x', body: 'abc' };
    for (let i = 1; i <= 2; i++) {
      const { status, body } = await proxy.request('in', request);
      assert.deepEqual([status, body], [500, 'Internal Server Error']);
      assert.equal(proxy.stat('http.in.filter_threw'), i);
    }
    assert.equal(proxy.stat('http.in.downstream_rq_active'), 0);
    assert.equal(proxy.stat('server.worker_replaced'), 0);
    assert.match(proxy.log.join('\n'), /an HTTP filter has thrown: Error: a fault of the filter/);
  });
}

test('a throw in a timer of a filter is this request’s 500', async () => {
  await using proxy = await start(() => {
    let stream: DecoderFilterCallbacks | undefined;
    return {
      setDecoderFilterCallbacks: (callbacks) => {
        stream = callbacks;
      },
      decodeHeaders: () => {
        stream?.dispatcher.createTimer(fail).enableTimer(10);
        return 'StopIteration';
      },
    };
  });
  const { status } = await proxy.request('in', { path: '/c0/x' });
  assert.deepEqual([status, proxy.nowMs], [500, 10]);
  assert.equal(proxy.stat('http.in.filter_threw'), 1);
  assert.equal(proxy.stat('http.in.downstream_rq_active'), 0);
});

for (const hook of ['onStreamComplete', 'onDestroy', 'onLocalReply'] as const) {
  test(`a throw in ${hook} changes no answer`, async () => {
    await using proxy = await start(() => ({ [hook]: fail }));
    for (let i = 1; i <= 2; i++) {
      const { status } = await proxy.request('in', { path: '/nowhere' });
      assert.equal(status, 404);
      assert.equal(proxy.stat('http.in.filter_threw'), i);
    }
    assert.equal(proxy.stat('http.in.downstream_cx_active'), 0);
    assert.equal(proxy.stat('server.worker_replaced'), 0);
  });
}
