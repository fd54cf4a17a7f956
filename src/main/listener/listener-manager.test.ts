import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import type { Logger } from '../../../sdk/extension.ts';
import type { ListenerConfig } from '../../common/listener/listener-config.ts';
import { IpAddress } from '../../common/network/address.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { type ListenSocket, type SocketEngine, SocketError } from '../../network/engine/engine.ts';
import { MemorySocketEngine } from '../../network/engine/memory/memory-engine.ts';
import { MemoryNetwork } from '../../network/engine/memory/memory-network.ts';
import type { ListenerAction, ListenerSnapshot } from '../../snapshot/listener.ts';
import { InitManager } from '../init/init-manager.ts';
import { type CheckedListener, ListenerManager } from './listener-manager.ts';

const silent = {
  name: 'config',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  critical() {},
  traceEnabled: false,
  debugEnabled: false,
} satisfies Logger;

/** `chains` are what an in-place update may change; `rest` is all else. */
function listener(name: string, port: number, chains: string, rest = ''): CheckedListener {
  const config = {
    name,
    addresses: [{ address: new IpAddress('127.0.0.1', port), ipv4Compat: false, mode: 0 }],
    socketOptions: [[]],
    bindToPort: true,
    reusePort: true,
    backlog: 0,
    trafficDirection: 'UNSPECIFIED',
    filterChains: [...chains].map((hash) => ({ hash })),
    defaultFilterChain: undefined,
    hash: `${port} ${chains} ${rest}`,
  } as unknown as ListenerConfig;
  const filterChains = [...chains].map((chain) => ({ name: chain }));
  const message = { $typeName: 'envoy.config.listener.v3.Listener', name, port, rest, filterChains } as unknown;
  return { message: message as Listener, bytes: new Uint8Array(), config };
}

/** A worker as far as sockets go: listens on what it is given, hands sockets on to a successor, stops when told. */
class ListeningWorker {
  readonly #engine: SocketEngine;
  readonly #sockets = new Map<string, ListenSocket[]>();

  constructor(engine: SocketEngine) {
    this.#engine = engine;
  }

  apply(tag: string, { sockets, takesSocketsOf }: ListenerSnapshot): void {
    const taken = takesSocketsOf === undefined ? [] : (this.#sockets.get(takesSocketsOf) ?? []);
    if (takesSocketsOf !== undefined) this.#sockets.delete(takesSocketsOf);
    const opened = sockets.flat().map((transfer) => {
      assert.ok(transfer !== undefined);
      const socket = this.#engine.listen(transfer, { onAccept: () => {}, onAcceptError: () => {} });
      assert.ok(!(socket instanceof SocketError));
      return socket;
    });
    this.#sockets.set(tag, [...(this.#sockets.get(tag) ?? []), ...taken, ...opened]);
  }

  act({ action, tags }: ListenerAction): void {
    if (action !== 'stop') return;
    for (const tag of tags) for (const socket of this.#sockets.get(tag)?.splice(0) ?? []) socket.close();
  }
}

function setup() {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  const network = new MemoryNetwork();
  const slot = new Map<string, ListenerSnapshot>();
  const worker = new ListeningWorker(new MemorySocketEngine(dispatcher, network));
  const acts: ListenerAction[] = [];
  /** What each listener waits for, by name; none = nothing. */
  const waiting = new Map<string, (() => void)[]>();
  const initManager = new InitManager('Server');
  const manager = new ListenerManager({
    dispatcher,
    engine: new MemorySocketEngine(dispatcher, network),
    concurrency: 1,
    slot: {
      set: (key, snapshot) => {
        slot.set(key, snapshot);
        worker.apply(key, snapshot);
      },
      retain: (key, snapshot) => void slot.set(key, snapshot),
      delete: (key) => void slot.delete(key),
    },
    scope: new StatsStore(createStatsMemory()).createScope(),
    logger: silent,
    drainTimeMs: 10_000,
    initManager,
    hash: (message) => JSON.stringify(message),
    act: (action) => {
      acts.push(action);
      worker.act(action);
    },
    initTargets: ({ name }) => {
      const ready = waiting.get(name);
      return ready === undefined ? [] : [{ name: 'routes', initialize: (done) => void ready.push(done) }];
    },
  });
  const lists = () => {
    const keys = ({ name, config }: { name: string; config: ListenerConfig }) => `${name} ${config.hash.trim()}`;
    const { active, warming, draining } = manager;
    return [[...active.values()].map(keys), [...warming.values()].map(keys), draining.map(keys)];
  };
  const add = (checked: CheckedListener) => manager.addOrUpdateListener(checked, '1', true);
  return { manager, add, lists, time, network, slot, acts, waiting, initManager };
}

test('a listener warms until its targets are ready; the active one serves meanwhile', () => {
  const { manager, add, lists, waiting, slot, acts } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  waiting.set('a', []);
  add(listener('a', 1000, 'x', 'changed'));
  assert.deepEqual(lists(), [['a 1000 x'], ['a 1000 x changed'], []]);
  assert.deepEqual([manager.stats.totalWarming.value, slot.size, acts.length], [1, 1, 0]);
  waiting.get('a')?.[0]?.();
  assert.deepEqual(lists(), [['a 1000 x changed'], [], ['a 1000 x']]);
  assert.deepEqual([manager.stats.totalWarming.value, manager.stats.totalDraining.value], [0, 1]);
});

test('an update replaces the listener that warms, and the active one goes on', () => {
  const { manager, add, lists, waiting, slot, network } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  waiting.set('a', []);
  add(listener('a', 1000, 'y'));
  add(listener('a', 1000, 'z'));
  add(listener('a', 1001, 'z'));
  add(listener('a', 1002, 'z'));
  assert.deepEqual(lists(), [['a 1000 x'], ['a 1002 z'], []]);
  assert.equal(slot.size, 1, 'no worker knows what warms');
  assert.equal(network.bindingCount, 2, 'the sockets of 1001 were given back');
  for (const ready of waiting.get('a') ?? []) ready();
  assert.deepEqual(lists(), [['a 1002 z'], [], ['a 1000 x']]);
  assert.equal(network.bindingCount, 1);
});

test('an update back to what is active drops the listener that warms', () => {
  const { manager, add, lists, waiting } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  waiting.set('a', []);
  add(listener('a', 1000, 'y'));
  assert.equal(add(listener('a', 1000, 'y')), false);
  assert.equal(add(listener('a', 1000, 'x')), true);
  waiting.get('a')?.[0]?.();
  assert.deepEqual(lists(), [['a 1000 x'], [], []]);
  assert.equal(manager.stats.modified.value, 2);
});

test('an update that changes nothing is blocked, and so is every one of a static listener', () => {
  const { manager, add, lists } = setup();
  manager.addOrUpdateListener(listener('static', 1000, 'x'), '', false);
  manager.startWorkers();
  assert.equal(add(listener('a', 1001, 'x')), true);
  assert.equal(add(listener('a', 1001, 'x')), false);
  assert.equal(add(listener('static', 1000, 'x', 'changed')), false);
  assert.equal(manager.removeListener('static'), false);
  assert.deepEqual(lists(), [['static 1000 x', 'a 1001 x'], [], []]);
  const { added, modified, removed } = manager.stats;
  assert.deepEqual([added.value, modified.value, removed.value], [2, 0, 0]);
});

test('an update that fails is remembered until one succeeds; what runs goes on', () => {
  const { manager, add, lists, time } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  add(listener('b', 1001, 'x'));
  time.advance(5);
  assert.throws(
    () => add(listener('a', 1001, 'y')),
    /'a' has duplicate address '127\.0\.0\.1:1001' as existing listener/,
  );
  const [failure, ...others] = manager.updateFailures;
  assert.deepEqual(others, []);
  assert.deepEqual([failure?.name, failure?.versionInfo], ['a', '1']);
  assert.match(failure?.details ?? '', /duplicate address/);
  assert.equal(failure?.lastUpdateAttemptMs, time.systemTimeMs());
  assert.deepEqual(lists()[0], ['a 1000 x', 'b 1001 x']);
  add(listener('a', 1002, 'y'));
  assert.deepEqual(manager.updateFailures, []);
  assert.throws(() => add(listener('a', 1001, 'y')));
  manager.removeListener('a');
  assert.deepEqual(manager.updateFailures, [], 'nor is one remembered of a listener that is gone');
});

test('what becomes of listeners is counted', () => {
  const { manager, add, time } = setup();
  const { stats } = manager;
  const counts = () => {
    const { added, modified, removed, stopped, createSuccess, createFailure, inPlaceUpdated } = stats;
    return [added, modified, removed, stopped, createSuccess, createFailure, inPlaceUpdated].map(({ value }) => value);
  };
  const gauges = () => {
    const { workersStarted, totalActive, totalDraining, totalFilterChainsDraining } = stats;
    return [workersStarted, totalActive, totalDraining, totalFilterChainsDraining].map(({ value }) => value);
  };
  add(listener('a', 1000, 'x'));
  assert.deepEqual(
    [counts(), gauges()],
    [
      [1, 0, 0, 0, 0, 0, 0],
      [0, 1, 0, 0],
    ],
  );
  manager.startWorkers();
  assert.deepEqual(
    [counts(), gauges()],
    [
      [1, 0, 0, 0, 1, 0, 0],
      [1, 1, 0, 0],
    ],
  );
  add(listener('a', 1000, 'y'));
  assert.deepEqual(
    [counts(), gauges()],
    [
      [1, 1, 0, 0, 2, 0, 1],
      [1, 1, 0, 1],
    ],
  );
  add(listener('b', 1001, 'x'));
  manager.removeListener('b');
  assert.deepEqual(
    [counts(), gauges()],
    [
      [2, 1, 1, 0, 3, 0, 1],
      [1, 1, 1, 1],
    ],
  );
  time.advance(10_000);
  assert.deepEqual(gauges(), [1, 1, 0, 0]);
  manager.stopListeners('all');
  assert.deepEqual(counts(), [2, 1, 1, 1, 3, 0, 1]);
});

test('an address that cannot be bound is a failure that is counted; reuse_port is for good', () => {
  const { manager, add, network } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  const other = new MemorySocketEngine(new SimulatedDispatcher('other', new SimulatedTime()), network);
  other.bind({ address: new IpAddress('127.0.0.1', 1001) });
  assert.throws(() => add(listener('b', 1001, 'x')), /cannot bind '127\.0\.0\.1:1001': Address already in use/);
  assert.equal(manager.stats.createFailure.value, 1);
  const changed = listener('a', 1000, 'y');
  const unshared = { ...changed, config: { ...changed.config, reusePort: false, hash: 'z' } };
  assert.throws(() => add(unshared), /Listener a: reuse port cannot be changed during an update/);
});

test('an update at the same address takes the sockets over', () => {
  const { manager, add, slot } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  const [before] = slot.keys();
  add(listener('a', 1000, 'x', 'changed'));
  const latest = [...slot.values()].at(-1);
  assert.deepEqual([latest?.takesSocketsOf, latest?.sockets], [before, []]);
  add(listener('a', 1002, 'x', 'moved'));
  assert.equal([...slot.values()].at(-1)?.takesSocketsOf, undefined);
});

test('removal drops what warms and drains what is active', () => {
  const { manager, add, lists, waiting, slot, network, time } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  waiting.set('a', []);
  add(listener('a', 1000, 'y'));
  assert.ok(manager.removeListener('a'));
  waiting.get('a')?.[0]?.();
  assert.deepEqual(lists(), [[], [], ['a 1000 x']]);
  assert.deepEqual([slot.size, network.bindingCount], [1, 0]);
  time.advance(10_000);
  assert.deepEqual([lists(), slot.size], [[[], [], []], 0]);
});

test('before the workers start the server waits for listeners, but not for those that are gone', () => {
  const { manager, add, waiting, initManager, slot } = setup();
  waiting.set('a', []);
  waiting.set('b', []);
  add(listener('a', 1000, 'x'));
  add(listener('b', 1001, 'x'));
  let ready = false;
  initManager.initialize(() => {
    ready = true;
  });
  assert.deepEqual(initManager.unready.targetNames, ['Listener-init-target a', 'Listener-init-target b']);
  waiting.get('b')?.[0]?.();
  assert.equal(ready, false);
  assert.ok(manager.removeListener('a'));
  assert.deepEqual([ready, slot.size], [true, 1]);
});

test('a worker that replaces another gets sockets of its own for what is active, none for what drains', () => {
  const { manager, add, slot } = setup();
  manager.startWorkers();
  add(listener('a', 1000, 'x'));
  add(listener('b', 1001, 'x'));
  manager.removeListener('a');
  manager.republish(0);
  assert.deepEqual([...slot.values()].map(({ name, sockets }) => [name, sockets.flat().length]).sort(), [
    ['a', 0],
    ['b', 1],
  ]);
});

test('listeners that stop accepting drain, on a worker that comes later too; those that do already are told once', () => {
  const { manager, add, slot, acts } = setup();
  add(listener('a', 1000, 'x'));
  manager.startWorkers();
  manager.stopListeners('all');
  assert.deepEqual(
    acts.map(({ action }) => action),
    ['drain', 'stop'],
  );
  manager.republish(0);
  assert.deepEqual(
    [...slot.values()].map(({ draining }) => draining),
    [true],
  );
  manager.stopListeners('all');
  assert.equal(acts.length, 2);
});
