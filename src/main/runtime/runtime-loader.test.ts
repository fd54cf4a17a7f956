import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { LayeredRuntime } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { Logger } from '../../../sdk/extension.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../common/proto/json-value.ts';
import type { RuntimeLayer } from '../../common/runtime/runtime-entry.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { withoutComments } from './disk-layer.ts';
import { type LayerConfig, parseLayeredRuntime } from './runtime-config.ts';
import { nodeRuntimeFiles } from './runtime-files.ts';
import { RuntimeLoader } from './runtime-loader.ts';

const root = mkdtempSync(join(tmpdir(), 'runtime-'));
after(() => rmSync(root, { recursive: true }));

const reader = configReader([]);

const proto = 'envoy.config.bootstrap.v3.LayeredRuntime';

function parse(layers: JsonInput): { layers: readonly LayerConfig[]; problems: readonly string[] } {
  const { config, problems } = reader.parse(proto, { layers }, (message: LayeredRuntime, ctx) =>
    parseLayeredRuntime(message, ctx),
  );
  return { layers: config ?? [], problems };
}

/** A loader, what it published, and its statistics. */
class World implements Disposable {
  readonly store = new StatsStore(createStatsMemory());
  readonly published: (readonly RuntimeLayer[])[] = [];
  readonly warnings: string[] = [];
  readonly loader: RuntimeLoader;
  #onLoad: (() => void) | undefined;

  constructor(layers: JsonInput) {
    const slot = {
      set: (_key: string, value: readonly RuntimeLayer[]) => {
        this.published.push(value);
        this.#onLoad?.();
      },
    };
    this.loader = new RuntimeLoader(parse(layers).layers, {
      slot: slot as never,
      random: { random: () => 0, uuid: () => '' },
      scope: this.store.createScope(),
      files: nodeRuntimeFiles,
      serviceCluster: 'me',
      logger: { debug() {}, warn: (text: string) => this.warnings.push(text) } as unknown as Logger,
    });
  }

  stat(name: string): number {
    const scope = this.store.createScope('runtime');
    const isGauge = /^(?:num_|admin_)/.test(name);
    return isGauge ? scope.gauge(name, 'never_import').value : scope.counter(name).value;
  }

  nextLoad(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLoad = resolve;
    });
  }

  [Symbol.dispose](): void {
    this.loader[Symbol.dispose]();
  }
}

function write(files: Readonly<Record<string, string>>, folder: string): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, folder, path)), { recursive: true });
    writeFileSync(join(root, folder, path), text);
  }
  return join(root, folder);
}

const disk = (folder: string, subdirectory = '', fields: { [field: string]: JsonInput } = {}) => ({
  name: `${folder}/${subdirectory}`,
  disk_layer: { symlink_root: join(root, folder), subdirectory, ...fields },
});

describe('configuration', () => {
  test('a list without layers is one for overrides, no list is none', () => {
    assert.deepEqual(parse([]).layers, [{ kind: 'admin', name: '' }]);
    assert.deepEqual(reader.parse(proto, {}, (_, ctx) => parseLayeredRuntime(undefined, ctx)).config, []);
  });

  test('faults are told in Envoy’s words', () => {
    const told = (layers: JsonInput) => parse(layers).problems.join('\n');
    const admin = (name: string) => ({ name, admin_layer: {} });
    assert.match(told([admin('a'), admin('b')]), /layers\[1\]: Too many admin layers specified in LayeredRuntime/);
    assert.match(told([admin('a'), { name: 'a', static_layer: {} }]), /Duplicate layer name: a/);
    assert.match(told([{ name: 's', static_layer: { k: [1] } }]), /static_layer: Invalid runtime entry value for k/);
    assert.match(
      told([{ name: 'd', disk_layer: { symlink_root: 'current' } }]),
      /symlink_root: invalid file path current/,
    );
    assert.match(told([{ name: 'r', rtds_layer: { name: 'x' } }]), /rtdsLayer is not supported yet/);
  });
});

describe('overrides', () => {
  test('go on top, and away with an empty text', () => {
    using world = new World([
      { name: 's', static_layer: { a: 1 } },
      { name: 'admin', admin_layer: {} },
    ]);
    assert.equal(world.stat('admin_overrides_active'), 0);
    const fault = world.loader.mergeValues(
      new Map([
        ['a', '2'],
        ['f', 'numerator: 100'],
      ]),
    );
    assert.equal(fault, undefined);
    assert.equal(world.loader.snapshot.getInteger('a', 0), 2);
    assert.equal(world.loader.snapshot.featureEnabled('f', 0), true);
    assert.deepEqual(
      [world.stat('admin_overrides_active'), world.stat('num_keys'), world.stat('num_layers')],
      [1, 2, 2],
    );
    world.loader.mergeValues(
      new Map([
        ['a', ''],
        ['f', ''],
      ]),
    );
    assert.equal(world.loader.snapshot.getInteger('a', 0), 1);
    assert.deepEqual([world.stat('admin_overrides_active'), world.stat('load_success')], [0, 3]);
    assert.equal(world.published.length, 3);
  });

  test('are YAML, or none of them is taken', () => {
    using world = new World([{ name: 'admin', admin_layer: {} }]);
    const fault = (text: string) =>
      world.loader.mergeValues(
        new Map([
          ['a', '1'],
          ['b', text],
        ]),
      );
    assert.equal(fault('{a: ['), 'yaml-cpp: error at line 1, column 1: end of sequence flow not found');
    assert.equal(fault('{'), 'yaml-cpp: error at line 1, column 1: end of map flow not found');
    assert.equal(fault('a: *b'), 'yaml-cpp: error at line 1, column 4: the referenced anchor is not defined: b');
    assert.equal(fault('a: b\n c: d'), 'yaml-cpp: error at line 2, column 3: illegal map value');
    assert.equal(fault('"x'), 'yaml-cpp: error at line 1, column 3: illegal EOF in scalar');
    assert.equal(fault('@a'), 'yaml-cpp: error at line 1, column 1: unknown token');
    assert.equal(fault('}'), 'yaml-cpp: error at line 1, column 1: illegal flow end');
    assert.equal(fault('"\\q"'), 'yaml-cpp: error at line 1, column 3: unknown escape sequence');
    assert.deepEqual([world.stat('num_keys'), world.stat('load_success'), world.stat('load_error')], [0, 1, 0]);
  });

  test('need a layer of their own', () => {
    using world = new World([{ name: 's', static_layer: { a: 1 } }]);
    assert.equal(world.loader.hasAdminLayer, false);
    assert.throws(() => world.loader.mergeValues(new Map([['a', '2']])));
  });
});

describe('disk layers', () => {
  test('files are values, folders are paths', () => {
    write({ 'sub/a': '10\n', 'sub/health/min': '# of all\n50\n', 'sub/on': 'true' }, 'plain');
    using world = new World([{ name: 's', static_layer: { a: 1, b: 2 } }, disk('plain', 'sub')]);
    const { snapshot } = world.loader;
    assert.equal(snapshot.getInteger('a', 0), 10);
    assert.equal(snapshot.getInteger('b', 0), 2);
    assert.equal(snapshot.getInteger('health.min', 0), 50);
    assert.equal(snapshot.getBoolean('on', false), true);
    assert.deepEqual([world.stat('override_dir_exists'), world.stat('override_dir_not_exists')], [0, 1]);
  });

  test('the cluster’s own folder overrides; a folder that is not there is no layer', () => {
    write({ 'sub/a': '1', 'sub/me/a': '2' }, 'both');
    using world = new World(
      [disk('both', 'sub'), disk('both', 'sub', { append_service_cluster: true })].map((layer, i) => ({
        ...layer,
        name: String(i),
      })),
    );
    assert.equal(world.loader.snapshot.getInteger('a', 0), 2);
    assert.deepEqual([world.stat('override_dir_exists'), world.stat('num_layers')], [1, 2]);
    using without = new World([disk('both', 'other')]);
    assert.deepEqual([without.stat('num_layers'), without.stat('load_success'), without.stat('load_error')], [0, 1, 0]);
  });

  test('what cannot be read leaves the layer out and is counted', () => {
    write({ [`deep/${'d/'.repeat(16)}a`]: '1' }, 'faulty');
    using world = new World([{ name: 's', static_layer: { a: 5 } }, disk('faulty', 'deep')]);
    assert.deepEqual([world.stat('load_error'), world.stat('load_success'), world.stat('num_layers')], [1, 0, 1]);
    assert.equal(world.loader.snapshot.getInteger('a', 0), 5);
  });

  test('a file that is no YAML leaves the layer out', () => {
    write({ 's/a': '1', 's/b': '{numerator: [}' }, 'no-yaml');
    using world = new World([disk('no-yaml', 's')]);
    assert.deepEqual([world.stat('load_error'), world.stat('num_layers'), world.stat('num_keys')], [1, 0, 0]);
  });

  test('a link that is put in place of the root has them read again', async () => {
    write({ 's/a': '1' }, 'v1');
    write({ 's/a': '2' }, 'v2');
    symlinkSync('v1', join(root, 'current'));
    using world = new World([disk('current', 's')]);
    assert.equal(world.loader.snapshot.getInteger('a', 0), 1);
    const loaded = world.nextLoad();
    symlinkSync('v2', join(root, 'next'));
    renameSync(join(root, 'next'), join(root, 'current'));
    await loaded;
    assert.equal(world.loader.snapshot.getInteger('a', 0), 2);
  });

  test('the kernel’s own file systems are no layers', () => {
    symlinkSync('/proc/self', join(root, 'kernel'));
    using world = new World([disk('kernel', 'net')]);
    assert.equal(world.stat('load_error'), 1);
  });
});

test('comments and empty lines do not count, nor what ends the last line', () => {
  assert.equal(withoutComments('# c\n42\n# d\nx \n'), '42\nx');
  assert.equal(withoutComments('a \nb\n\n'), 'a \nb');
  assert.equal(withoutComments('# only'), '');
});

test('a guard that changes nothing is told once', () => {
  using world = new World([
    { name: 'one', static_layer: { 'envoy.reloadable_features.nope': true, 'upstream.x': 1 } },
    { name: 'admin', admin_layer: {} },
  ]);
  world.loader.mergeValues(new Map([['y', '1']]));
  const told = 'runtime guard envoy.reloadable_features.nope is not supported: it changes nothing';
  assert.deepEqual(world.warnings, [told]);
});
