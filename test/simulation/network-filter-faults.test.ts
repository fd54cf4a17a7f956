/** What extensions of a connection throw ends that connection: another one beside it, and the worker, go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Dispatcher,
  defineAccessLogger,
  defineListenerFilter,
  defineNetworkFilter,
  type Extension,
  type ListenerFilter,
  type ListenerFilterCallbacks,
  type NetworkFilter,
  type ReadFilterCallbacks,
} from '../../sdk/index.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';

const simulation = new Simulation();
const struct = { '@type': 'type.googleapis.com/google.protobuf.Struct' };
const plain = { configTypes: ['google.protobuf.Struct'], parseConfig: () => undefined };

const fail = (): never => {
  throw new Error('a fault by an extension');
};

/** Runs what the test has put in place: the first connection meets the fault, the others do not. */
class Switch {
  on = false;
  readonly fail = (): 'Continue' => {
    if (this.on) fail();
    return 'Continue';
  };
}

interface Faulty {
  readonly network?: (fault: Switch) => NetworkFilter;
  readonly listener?: (fault: Switch) => ListenerFilter;
  readonly accessLog?: (fault: Switch) => void;
}

function start({ network, listener, accessLog }: Faulty, fault: Switch): Promise<SimulatedProxyWorld> {
  const extensions: Extension[] = [
    defineNetworkFilter({
      ...plain,
      name: 'test.network',
      isTerminal: () => false,
      createFilterFactory: () => () => network?.(fault) ?? {},
    }),
    defineListenerFilter({
      ...plain,
      name: 'test.listener',
      createFilterFactory: () => () => listener?.(fault) ?? { maxReadBytes: 0, onAccept: () => 'Continue' },
    }),
    defineAccessLogger({
      ...plain,
      name: 'test.log',
      createAccessLog: () => ({ log: () => accessLog?.(fault) }),
    }),
  ];
  const echo = { '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' };
  const config = {
    name: 'in',
    address: { socket_address: { address: '127.0.0.1', port_value: 1000 } },
    listener_filters: [{ name: 'test.listener', typed_config: struct }],
    filter_chains: [
      {
        filters: [
          { name: 'test.network', typed_config: struct },
          { name: 'envoy.filters.network.echo', typed_config: echo },
        ],
      },
    ],
    access_log: [{ name: 'test.log', typed_config: struct }],
  };
  return simulation.start({ config: { static_resources: { listeners: [config] } }, extensions });
}

function whenTold(dispatcher: Dispatcher, run: () => void): void {
  const callback = dispatcher.createSchedulableCallback(run);
  callback.scheduleCallbackNextIteration();
  dispatcher.createTimer(run).enableTimer(5);
}

/** A read filter that does something with its connection. */
function reader(use: (callbacks: ReadFilterCallbacks) => void): NetworkFilter {
  return { initializeReadFilterCallbacks: use, onData: () => 'Continue' };
}

const faults: Readonly<Record<string, Faulty>> = {
  'making a network filter': { network: ({ on }) => (on ? fail() : {}) },
  initializeReadFilterCallbacks: { network: (fault) => reader(fault.fail) },
  onNewConnection: { network: (fault) => ({ onNewConnection: fault.fail }) },
  onData: { network: (fault) => ({ onData: fault.fail }) },
  onWrite: { network: (fault) => ({ onWrite: fault.fail }) },
  'a timer and a callback of a connection': {
    network: (fault) => reader(({ connection }) => whenTold(connection.dispatcher, fault.fail)),
  },
  'making a listener filter': {
    listener: ({ on }) => (on ? fail() : { maxReadBytes: 0, onAccept: () => 'Continue' }),
  },
  onAccept: { listener: (fault) => ({ maxReadBytes: 0, onAccept: fault.fail }) },
  'onData of a listener filter': {
    listener: (fault) => ({
      maxReadBytes: 1,
      onAccept: () => 'StopIteration',
      onData: fault.fail,
    }),
  },
  'a timer and a callback of a listener filter': {
    listener: (fault) => ({
      maxReadBytes: 0,
      onAccept: (callbacks: ListenerFilterCallbacks) => {
        whenTold(callbacks.dispatcher, fault.fail);
        if (!fault.on) return 'Continue';
        return 'StopIteration';
      },
    }),
  },
};

for (const [what, faulty] of Object.entries(faults)) {
  test(`a throw in ${what} ends its connection and no other`, async () => {
    const fault = new Switch();
    await using proxy = await start(faulty, fault);
    const beside = proxy.connect('in');
    beside.send('a');
    await proxy.advance(10);
    assert.deepEqual([beside.received, beside.state], ['a', 'open']);
    fault.on = true;
    const struck = proxy.connect('in');
    struck.send('b');
    await proxy.advance(10);
    assert.notEqual(struck.state, 'open');
    assert.match(proxy.log.join('\n'), /filter has thrown: Error: a fault by an extension/);
    fault.on = false;
    beside.send('c');
    await proxy.advance(10);
    assert.deepEqual([beside.received, beside.state], ['ac', 'open']);
    const counted = proxy.stat('listener.127.0.0.1_1000.filter_threw') ?? 0;
    assert.ok(counted >= 1, `counted: ${counted}`);
    assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_cx_active'), 1);
    assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_pre_cx_active'), 0);
    assert.equal(proxy.stat('server.worker_replaced'), 0);
    const total = new Int32Array(proxy.server.connectionCounts).reduce((all, one) => all + one, 0);
    assert.equal(total, 1, 'connections counted for the global limit');
  });
}

test('a throw in the callbacks of a connection is told, and the others still hear of the close', async () => {
  const fault = new Switch();
  const onClose: NetworkFilter = reader(({ connection }) =>
    connection.addConnectionCallbacks({
      onEvent: fault.fail,
      onAboveWriteBufferHighWatermark() {},
      onBelowWriteBufferLowWatermark() {},
    }),
  );
  fault.on = true;
  await using proxy = await start({ network: () => onClose }, fault);
  const client = proxy.connect('in');
  client.send('a');
  await proxy.settle();
  client.close();
  await proxy.settle();
  assert.equal(proxy.stat('listener.127.0.0.1_1000.filter_threw'), 1);
  assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_cx_active'), 0);
  assert.equal(proxy.stat('server.worker_replaced'), 0);
});

test('a throw in an access log costs its line and nothing else', async () => {
  const fault = new Switch();
  fault.on = true;
  await using proxy = await start({ accessLog: (on) => on.fail() }, fault);
  for (let i = 1; i <= 2; i++) {
    const client = proxy.connect('in');
    client.send('a');
    await proxy.settle();
    assert.equal(client.received, 'a');
    client.close();
    await proxy.settle();
    assert.equal(proxy.stat('access_logs.filter_threw'), i);
  }
  assert.match(proxy.log.join('\n'), /an access log has thrown: Error: a fault by an extension/);
  assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_cx_active'), 0);
  assert.equal(proxy.stat('server.worker_replaced'), 0);
});

test('a throw in a timer of a configuration is told, and the worker goes on', async () => {
  const timed = defineNetworkFilter<undefined>({
    ...plain,
    name: 'test.network',
    isTerminal: () => false,
    createFilterFactory: (_config, context) => {
      whenTold(context.dispatcher, fail);
      return () => ({});
    },
  });
  const echo = { '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' };
  const listener = {
    name: 'in',
    address: { socket_address: { address: '127.0.0.1', port_value: 1000 } },
    filter_chains: [
      {
        filters: [
          { name: 'test.network', typed_config: struct },
          { name: 'envoy.filters.network.echo', typed_config: echo },
        ],
      },
    ],
  };
  const config = { static_resources: { listeners: [listener] } };
  await using proxy = await simulation.start({ config, extensions: [timed as Extension] });
  await proxy.advance(10);
  assert.equal(proxy.stat('server.filter_threw'), 2);
  assert.equal(proxy.stat('server.worker_replaced'), 0);
});
