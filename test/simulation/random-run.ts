/** A proxy whose traffic, configuration and misfortune come from a seed. */
import assert from 'node:assert/strict';
import type { SimulatedFaults, SimulatedReply, SimulatedRequest } from '../../sdk/testing/simulated-proxy.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import type { Simulation } from '../../src/exe/simulation/simulation.ts';
import { pushCluster, pushListener } from '../harness/config-push.ts';
import { Dice } from './dice.ts';
import { checkAtRest, checkEnd, checkForgotten } from './invariants.ts';
import { Client, Ledger } from './ledger.ts';
import {
  bootstrap,
  clusterNames,
  dnsName,
  idleMs,
  listenerNames,
  randomCluster,
  randomListener,
  upstreamAddresses,
  upstreamPort,
} from './random-config.ts';

const steps = 120;

export class RandomRun {
  readonly #dice: Dice;
  readonly #ledger = new Ledger();
  readonly #proxy: SimulatedProxyWorld;
  readonly #faulty: boolean;
  readonly #killsWorkers: boolean;
  #killed = 0;

  constructor(simulation: Simulation, seed: number) {
    const dice = new Dice(seed);
    this.#dice = dice;
    this.#faulty = dice.chance(0.7);
    this.#killsWorkers = dice.chance(0.25);
    this.#proxy = simulation.create({
      config: bootstrap,
      seed,
      concurrency: dice.between(1, 3),
      args: ['--drain-time-s', '3'],
      dns: { [dnsName]: upstreamAddresses.slice(0, 2) },
      faults: () => this.#faults(),
    });
  }

  /** Rejects when something is not as it must be; else a digest of all that happened. */
  async run(): Promise<string> {
    const proxy = this.#proxy;
    for (const address of upstreamAddresses)
      proxy.httpUpstream(`${address}:${upstreamPort}`, (request) => this.#answer(request));
    await proxy.start();
    for (const name of clusterNames) pushCluster(proxy, randomCluster(this.#dice, name));
    for (const name of listenerNames) pushListener(proxy, randomListener(this.#dice, name));
    for (let step = 0; step < steps; step++) {
      this.#act();
      await proxy.advance(this.#dice.chance(0.7) ? 0 : this.#dice.between(1, 400));
      for (const client of this.#ledger.clients) client.check();
    }
    await proxy.advance(30_000);
    this.#ledger.checkSettled();
    for (const { connection } of this.#ledger.clients) connection.close();
    await proxy.advance(idleMs + 3_000);
    checkAtRest(proxy, this.#killed);
    const digest = [...proxy.stats(/./)].map(([name, value]) => `${name} ${value}`).join('\n');
    for (const name of clusterNames) proxy.server.clusterManager.removeCluster(name);
    for (const name of listenerNames) proxy.server.listenerManager.removeListener(name);
    await proxy.advance(5_000);
    checkForgotten(proxy);
    await checkEnd(proxy, upstreamAddresses.length);
    return `${digest}\n${proxy.log.join('\n')}`;
  }

  #act(): void {
    const dice = this.#dice;
    if (dice.chance(0.55)) return this.#traffic();
    if (dice.chance(0.4)) return this.#updateListener(dice.pick(listenerNames));
    if (dice.chance(0.5)) return this.#updateCluster(dice.pick(clusterNames));
    if (dice.chance(0.3))
      return this.#proxy.setDns(
        dnsName,
        upstreamAddresses.filter(() => dice.chance(0.5)),
      );
    if (dice.chance(0.3)) return this.#override();
    if (this.#killsWorkers && dice.chance(0.2)) this.#killWorker();
  }

  #traffic(): void {
    const dice = this.#dice;
    const alive = this.#ledger.clients.filter((client) => client.alive);
    if (alive.length === 0 || dice.chance(0.4)) return this.#connect();
    const client = dice.pick(alive);
    if (dice.chance(0.08)) return client.connection.close();
    if (dice.chance(0.05)) return client.connection.abort();
    this.#ask(client);
  }

  #connect(): void {
    const names = ['fixed', ...listenerNames].filter((name) => this.#proxy.server.listenerManager.active.has(name));
    const client = new Client(this.#proxy.connect(this.#dice.pick(names)));
    this.#ledger.clients.push(client);
    this.#ask(client);
  }

  #ask(client: Client): void {
    const dice = this.#dice;
    for (let i = dice.between(1, 3); i > 0; i--) {
      const method = dice.pick(['GET', 'GET', 'POST', 'HEAD']);
      const body = method === 'POST' ? 'x'.repeat(dice.pick([1, 1_000, 20_000])) : '';
      client.ask(dice.pick([...clusterNames, 'none']), this.#ledger.nextId(), method, body);
    }
  }

  #updateListener(name: string): void {
    if (this.#dice.chance(0.25)) this.#proxy.server.listenerManager.removeListener(name);
    else pushListener(this.#proxy, randomListener(this.#dice, name));
  }

  #updateCluster(name: string): void {
    if (this.#dice.chance(0.25)) this.#proxy.server.clusterManager.removeCluster(name);
    else pushCluster(this.#proxy, randomCluster(this.#dice, name));
  }

  #override(): void {
    const limit = this.#dice.pick(['', '1', '5']);
    const key = this.#dice.pick([
      'overload.global_downstream_max_connections',
      'envoy.resource_limits.listener.l0.connection_limit',
      'circuit_breakers.c0.default.max_requests',
    ]);
    this.#proxy.server.runtime.mergeValues(new Map([[key, limit]]));
  }

  #killWorker(): void {
    this.#killed++;
    const index = this.#dice.between(0, this.#proxy.server.workers.size - 1);
    this.#proxy.threads.get(index).dispatcher.post(() => {
      throw new Error('a fault by design');
    });
  }

  #answer(request: SimulatedRequest): SimulatedReply | undefined {
    const dice = this.#dice;
    const id = this.#ledger.onUpstream(request);
    if (dice.chance(0.05)) return undefined;
    if (dice.chance(0.05)) return { end: dice.pick(['close', 'reset']), afterMs: dice.between(0, 50) };
    const body = request.method === 'HEAD' ? '' : id + 'y'.repeat(dice.pick([0, 0, 1_000, 20_000]));
    const reply = { headers: { 'x-id': id }, body, afterMs: dice.pick([0, 0, 5, 100, 1_000, 3_000]) };
    return dice.chance(0.1) ? { ...reply, status: 200, end: 'close' } : reply;
  }

  #faults(): SimulatedFaults {
    const dice = this.#dice;
    if (!this.#faulty) return {};
    return {
      latencyMs: dice.pick([0, 0, 1, 20]),
      ...(dice.chance(0.1) ? { connect: dice.pick(['refuse', 'ignore', 'unreachable']) } : {}),
      ...(dice.chance(0.3) ? { segmentBytes: dice.pick([30, 500, 2_000]) } : {}),
      ...(dice.chance(0.1) ? { resetAfterBytes: dice.between(0, 50_000) } : {}),
    };
  }
}

export function assertSame(first: string, second: string): void {
  assert.equal(first, second, 'the same seed gave another run');
}
