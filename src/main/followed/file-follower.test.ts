import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector, type FollowedSource } from '../../../sdk/config.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { MemoryFiles } from '../../../test/harness/memory-files.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { InitManager } from '../init/init-manager.ts';
import { FileFollower } from './file-follower.ts';
import { FollowedFiles } from './followed-files.ts';
import { UnknownFields, type UnknownFieldsPolicy } from './unknown-fields.ts';

const { types } = configReader([]);
const url = 'type.googleapis.com/envoy';
const bucket = (maxTokens: number, interval = '1s') => ({
  '@type': `${url}.service.discovery.v3.Resource`,
  name: 'any',
  resource: { '@type': `${url}.type.v3.TokenBucket`, max_tokens: maxTokens, fill_interval: interval },
});
const response = (...resources: object[]) => JSON.stringify({ version_info: '7', resources });
const resource = {
  typeName: 'envoy.type.v3.TokenBucket',
  name: 'b',
  statPrefix: 'found',
  initTarget: 'waits for b',
};

function follow(
  contents: Readonly<Record<string, string>>,
  sources: readonly FollowedSource[],
  hasNode = true,
  policy: UnknownFieldsPolicy = 'warn',
) {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(contents)) files.contents.set(path, text);
  const collector = new ConfigErrorCollector();
  const readFile = (path: string) => (files.contents.has(path) ? files.read(path) : { error: 'ENOENT' });
  const resources = { readFile, environmentVariable: () => undefined };
  const followed = new FollowedFiles(types, hasNode);
  const ctx = new ConfigContext(collector, '', types, undefined, resources);
  const asked = sources.map((source) => followed.follow(source, ctx));
  const scope = new StatsStore(createStatsMemory()).createScope();
  const told: [key: string, text: string, version: number][] = [];
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const initManager = new InitManager('all');
  const follower = new FileFollower({
    ...{ followed, scope, types, files, initManager, now: () => 5 },
    unknownFields: new UnknownFields(policy, scope.counter('unknown'), { warn: log } as never),
    slot: { set: (key, { bytes, version }) => told.push([key, new TextDecoder().decode(bytes), version]), delete() {} },
    logger: { warn: log, error: log } as never,
  });
  const counts = () =>
    ['attempt', 'success', 'failure', 'rejected'].map((name) => scope.counter(`found.update_${name}`).value);
  const problems = collector.problems.map(({ message }) => message);
  return { asked, files, follower, told, logged, counts, initManager, problems };
}

const text = { path: '/a/f', watchedDirectory: '/a' };

test('a file is read again when something is put into its folder, and told when it is something else', () => {
  const { asked, files, follower, told } = follow({ '/a/f': 'one' }, [text]);
  follower.start();
  assert.deepEqual(files.watched, ['/a']);
  files.touch('/a');
  assert.equal(told.length, 1);
  files.contents.set('/a/f', 'two');
  files.touch('/a');
  assert.deepEqual(
    told.map(([, content, version]) => [content, version]),
    [
      ['one', 0],
      ['two', 1],
    ],
  );
  assert.equal(asked[0]?.current?.version, 1);
  follower[Symbol.dispose]();
  assert.deepEqual(files.watched, []);
});

test('writing into a file counts only for those who want that', () => {
  const { files, follower } = follow({ '/a/f': 'one' }, [{ ...text, watchedDirectory: '', writes: true }]);
  follower.start();
  assert.deepEqual(files.watched, ['/a/f written']);
  follower[Symbol.dispose]();
});

test('a file that has gone, or that nobody can work with, changes nothing', () => {
  const check = (bytes: Uint8Array) => (bytes.length > 4 ? 'too long' : undefined);
  const { files, follower, told, logged } = follow({ '/a/f': 'one' }, [{ ...text, check }]);
  follower.start();
  files.contents.delete('/a/f');
  files.touch('/a');
  files.contents.set('/a/f', 'three');
  files.touch('/a');
  assert.deepEqual(logged, ['Failed to read file: no /a/f', 'Failed to transform data from file: too long']);
  assert.equal(told.length, 1);
});

test('a resource is followed by its file being replaced, and counted', () => {
  const { files, follower, told, counts, initManager } = follow({ '/r.json': response(bucket(1)) }, [
    { path: '/r.json', watchedDirectory: '', resource },
  ]);
  follower.start();
  assert.deepEqual([counts(), initManager.unready.targetNames], [[1, 1, 0, 0], []]);
  files.touch('/r.json');
  files.contents.set('/r.json', response(bucket(2), bucket(3)));
  files.touch('/r.json');
  assert.deepEqual(
    [counts(), told.map(([, , version]) => version)],
    [
      [3, 3, 0, 0],
      [0, 1],
    ],
  );
  for (const bad of ['[', response(), response({ '@type': `${url}.type.v3.TokenBucket` })]) {
    files.contents.set('/r.json', bad);
    files.touch('/r.json');
  }
  assert.deepEqual([counts(), told.length], [[6, 3, 1, 2], 2]);
});

test('the start waits for a resource that has not come', () => {
  const { asked, files, follower, initManager } = follow({ '/r.json': response() }, [
    { path: '/r.json', watchedDirectory: '', resource },
  ]);
  follower.start();
  let isReady = false;
  initManager.initialize(() => {
    isReady = true;
  });
  assert.deepEqual([isReady, initManager.unready.targetNames], [false, ['waits for b']]);
  files.contents.set('/r.json', response(bucket(1)));
  files.touch('/r.json');
  assert.equal(isReady, true);
  assert.equal(asked[0]?.current?.version, 1);
});

test('resources of a type are all looked for in the file that was named first', () => {
  const other = { path: '/other.json', watchedDirectory: '', resource: { ...resource, name: 'c' } };
  const { files, follower, problems } = follow({ '/r.json': response(bucket(1)) }, [
    { path: '/r.json', watchedDirectory: '', resource },
    other,
  ]);
  follower.start();
  assert.deepEqual([problems, files.watched], [[], ['/r.json', '/r.json']]);
  follower[Symbol.dispose]();
});

test('what cannot be followed is refused', () => {
  const source = { path: '/none', watchedDirectory: '', resource };
  assert.match(follow({}, [source]).problems.join(), /'\/none' does not exist/);
  assert.match(follow({}, [source], false).problems.join(), /TokenBucket: node 'id' and 'cluster' are required/);
  const check = () => 'not today';
  assert.deepEqual(follow({ '/a/f': '' }, [{ ...text, check }]).problems, ['not today']);
});

const odd = JSON.stringify({
  version_info: '1',
  odd: 5,
  resources: [
    {
      '@type': 'type.googleapis.com/envoy.service.discovery.v3.Resource',
      resource: { '@type': 'type.googleapis.com/envoy.type.v3.TokenBucket', max_tokens: 2, fill_interval: '1s' },
    },
  ],
});

test('fields that nobody knows are told and counted once, ignored, or refused', () => {
  for (const [policy, counts, lines] of [
    ['warn', [2, 2, 0, 0], 1],
    ['ignore', [2, 2, 0, 0], 0],
    ['reject', [2, 0, 0, 2], 2],
  ] as const) {
    const {
      files,
      follower,
      told,
      logged,
      counts: counted,
    } = follow({ '/r.json': odd }, [{ path: '/r.json', watchedDirectory: '', resource }], true, policy);
    follower.start();
    files.touch('/r.json');
    assert.deepEqual([counted(), logged.length, told.length], [counts, lines, policy === 'reject' ? 0 : 1], policy);
    assert.match(
      logged.join(),
      policy === 'ignore' ? /^$/ : /odd: no such field in envoy\.service\.discovery\.v3\.DiscoveryResponse/,
    );
  }
});
