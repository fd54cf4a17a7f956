import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpAddress } from '../../common/network/address.ts';
import { NameServers } from './name-servers.ts';
import type { RecordsAnswer } from './records.ts';

/** Servers that answer as set; time passes only while one is silent. */
class World {
  /** By server: what it answers in turn; the last answer stays. */
  readonly answers: Record<string, string[]> = {};
  readonly log: string[] = [];
  nowMs = 0;
  draw = 1;
  rotate = false;

  servers(addresses: string[], timeoutMs = 5000, tries = 4): NameServers {
    return new NameServers(addresses, {
      timeoutMs,
      tries,
      rotate: this.rotate,
      random: { random: () => this.draw, uuid: () => '' },
      timeSource: { monotonicTimeMs: () => this.nowMs, systemTimeMs: () => this.nowMs },
      ask: (server, _question, waitMs, callback) => {
        const left = this.answers[server] ?? [];
        const answer = (left.length > 1 ? left.shift() : left[0]) ?? 'ETIMEOUT';
        this.log.push(answer === 'ETIMEOUT' ? `${server} ${waitMs}` : server);
        if (answer === 'ETIMEOUT') this.nowMs += waitMs;
        if (answer !== 'ok') return callback({ records: [], code: answer });
        callback({ records: [{ address: new IpAddress('10.0.0.1', 0), ttlSeconds: 1 }] });
      },
    });
  }
}

/** What was asked meanwhile, and the answer. */
function ask(
  world: World,
  servers: NameServers,
): readonly [asked: string[], answer: string | number, timeouts?: number] {
  world.log.length = 0;
  const answers: RecordsAnswer[] = [];
  servers.query({ name: 'a.test', version: 4 }, (answer) => answers.push(answer));
  assert.equal(answers.length, 1);
  const [answer] = answers as [RecordsAnswer];
  if (!('code' in answer)) return [[...world.log], answer.records.length];
  return answer.timeouts === undefined ? [[...world.log], answer.code] : [[...world.log], answer.code, answer.timeouts];
}

test('a server that fails is asked four times, one that knows better once', () => {
  for (const code of ['ESERVFAIL', 'ENOTIMP', 'EREFUSED', 'ECONNREFUSED']) {
    const world = new World();
    world.answers.a = [code];
    assert.deepEqual(ask(world, world.servers(['a'])), [['a', 'a', 'a', 'a'], code, 0]);
  }
  for (const code of ['ENOTFOUND', 'ENODATA', 'EFORMERR', 'EBADNAME', 'ECANCELLED']) {
    const world = new World();
    world.answers.a = [code];
    assert.deepEqual(ask(world, world.servers(['a', 'b'])), [['a'], code]);
  }
});

test('the next server is asked when one fails, and stays the first until it fails as often', () => {
  const world = new World();
  Object.assign(world.answers, { a: ['ESERVFAIL', 'ok'], b: ['ok', 'EREFUSED', 'ESERVFAIL', 'ok'] });
  const servers = world.servers(['a', 'b']);
  assert.deepEqual(ask(world, servers), [['a', 'b'], 1]);
  assert.deepEqual(ask(world, servers), [['b', 'a'], 1]);
  assert.deepEqual(ask(world, servers), [['a'], 1]);
});

test('each round waits up to twice as long, and silence is counted', () => {
  const world = new World();
  world.draw = 500;
  const answer = ask(world, world.servers(['a', 'b'], 1000, 3));
  assert.deepEqual(answer, [['a 1000', 'b 1000', 'a 1500', 'b 1500', 'a 3000', 'b 3000'], 'ETIMEOUT', 6]);
  world.draw = 750;
  assert.deepEqual(ask(world, world.servers(['c'], 1000, 2))[0], ['c 1000', 'c 1250']);
  world.answers.d = ['ETIMEOUT', 'ESERVFAIL'];
  assert.deepEqual(ask(world, world.servers(['d'], 1000, 2)), [['d 1000', 'd'], 'ESERVFAIL', 1]);
});

test('a wait is never longer than a timer can be', () => {
  const world = new World();
  const [asked] = ask(world, world.servers(['a'], 2 ** 30, 4));
  assert.equal(asked.at(-1), `a ${2 ** 31 - 1}`);
});

test('now and then a server that failed is asked beside, and comes back to its place when it answers', () => {
  const world = new World();
  Object.assign(world.answers, { a: ['ESERVFAIL', 'EREFUSED', 'ok'], b: ['ok'] });
  const servers = world.servers(['a', 'b']);
  assert.deepEqual(ask(world, servers)[0], ['a', 'b']);
  world.draw = 10;
  assert.deepEqual(ask(world, servers)[0], ['b'], 'it failed a moment ago');
  world.nowMs += 5000;
  assert.deepEqual(ask(world, servers)[0], ['a', 'b'], 'asked, and failed again');
  world.nowMs += 5000;
  world.draw = 11;
  assert.deepEqual(ask(world, servers)[0], ['b'], 'not its turn');
  world.draw = 10;
  assert.deepEqual(ask(world, servers)[0], ['a', 'a'], 'it is there again');
});

test('servers that take turns are drawn, whatever is known of them', () => {
  const world = new World();
  world.rotate = true;
  world.answers.a = ['EREFUSED', 'ok'];
  world.answers.b = ['ok'];
  const servers = world.servers(['a', 'b']);
  world.draw = 2;
  assert.deepEqual(ask(world, servers), [['a', 'a'], 1]);
  world.draw = 1;
  assert.deepEqual(ask(world, servers), [['b'], 1]);
});
