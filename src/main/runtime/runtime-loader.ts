import type { Random } from '../../../sdk/event.ts';
import type { Logger, Runtime, RuntimeSnapshot } from '../../../sdk/extension.ts';
import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalSlot } from '../../../sdk/thread-local.ts';
import type { RuntimeLayer, RuntimeValue } from '../../common/runtime/runtime-entry.ts';
import { guardsWithoutMeaning } from '../../common/runtime/runtime-guards.ts';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';
import { textValue } from '../../common/runtime/text-value.ts';
import { readDiskLayer } from './disk-layer.ts';
import type { DiskLayerConfig, LayerConfig } from './runtime-config.ts';
import type { RuntimeFiles } from './runtime-files.ts';
import { RuntimeYamlError, readYaml } from './runtime-yaml.ts';

interface RuntimeStats {
  readonly adminOverridesActive: Gauge;
  readonly loadError: Counter;
  readonly loadSuccess: Counter;
  readonly numKeys: Gauge;
  readonly numLayers: Gauge;
  readonly overrideDirExists: Counter;
  readonly overrideDirNotExists: Counter;
}

/** What a runtime needs besides its layers. */
export interface RuntimeLoaderParts {
  readonly slot: ThreadLocalSlot<readonly RuntimeLayer[]>;
  readonly random: Random;
  readonly scope: Scope;
  readonly files: RuntimeFiles;
  /** Ends the path of layers with `append_service_cluster`. */
  readonly serviceCluster: string;
  readonly logger: Logger;
  /** Of deprecated fields in the bootstrap. */
  readonly deprecatedUses?: number;
}

/** Main's runtime: the layers, what /runtime_modify put on top, and the snapshot that every thread reads. */
export class RuntimeLoader implements Runtime, Disposable {
  readonly #configs: readonly LayerConfig[];
  readonly #parts: RuntimeLoaderParts;
  readonly #overrides = new Map<string, RuntimeValue>();
  readonly #stats: RuntimeStats;
  readonly #watches: readonly Disposable[];
  readonly #toldGuards = new Set<string>();
  #layers: readonly RuntimeLayer[] = [];
  #snapshot: LayeredRuntimeSnapshot;

  constructor(layers: readonly LayerConfig[], parts: RuntimeLoaderParts) {
    this.#configs = layers;
    this.#parts = parts;
    this.#stats = createStats(parts.scope, parts.deprecatedUses ?? 0);
    this.#snapshot = new LayeredRuntimeSnapshot([], parts.random);
    this.#watches = layers.flatMap((layer) =>
      layer.kind === 'disk' ? [parts.files.watch(layer.symlinkRoot, () => this.#load())] : [],
    );
    this.#load();
  }

  get snapshot(): RuntimeSnapshot {
    return this.#snapshot;
  }

  get hasAdminLayer(): boolean {
    return this.#configs.some(({ kind }) => kind === 'admin');
  }

  /** Bottom layer first; a disk layer whose folder is not there is none. */
  get layers(): readonly RuntimeLayer[] {
    return this.#layers;
  }

  /** The runtime's own discovery has ended (there is none yet): the layers are loaded once more, as Envoy counts it. */
  onRtdsReady(): void {
    this.#load();
  }

  /**
   * Sets (or with an empty text removes) overrides, all or none: undefined when they are set, else what is wrong with
   * one of them. There must be an admin layer.
   */
  mergeValues(values: ReadonlyMap<string, string>): string | undefined {
    if (!this.hasAdminLayer) throw new Error('no admin layer is configured');
    const read = readOverrides(values);
    if (typeof read === 'string') return read;
    for (const [key, value] of read) {
      if (value === undefined) this.#overrides.delete(key);
      else this.#overrides.set(key, value);
    }
    this.#load();
    return undefined;
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch[Symbol.dispose]();
  }

  #load(): void {
    let failed = false;
    let disks = 0;
    const layers = this.#configs.flatMap((config): RuntimeLayer[] => {
      if (config.kind === 'static') return [config.layer];
      if (config.kind === 'admin') return [{ name: config.name, values: new Map(this.#overrides) }];
      const layer = this.#readDisk(config);
      if (layer === 'faulty') failed = true;
      else if (layer !== 'absent') disks++;
      return typeof layer === 'string' ? [] : [layer];
    });
    this.#publish(layers);
    (failed ? this.#stats.loadError : this.#stats.loadSuccess).inc();
    // The first disk layer is taken for the base, a further one overrides it: so they were before there were layers.
    (disks > 1 ? this.#stats.overrideDirExists : this.#stats.overrideDirNotExists).inc();
  }

  #publish(layers: readonly RuntimeLayer[]): void {
    const { slot, random } = this.#parts;
    this.#layers = layers;
    this.#snapshot = new LayeredRuntimeSnapshot(layers, random);
    slot.set('', layers);
    const { adminOverridesActive } = this.#stats;
    const active = this.#overrides.size > 0 ? 1 : 0;
    if (adminOverridesActive.value !== active) adminOverridesActive.set(active);
    this.#stats.numKeys.set(this.#snapshot.size);
    this.#stats.numLayers.set(layers.length);
    this.#tellOfGuards();
  }

  /** What is asked for in vain is told, once each. */
  #tellOfGuards(): void {
    const keys = this.#layers.flatMap(({ values }) => [...values.keys()]);
    for (const key of guardsWithoutMeaning(keys)) {
      if (this.#toldGuards.has(key)) continue;
      this.#toldGuards.add(key);
      this.#parts.logger.warn(`runtime guard ${key} is not supported: it changes nothing`);
    }
  }

  #readDisk(config: DiskLayerConfig): RuntimeLayer | 'absent' | 'faulty' {
    const { files, serviceCluster, logger } = this.#parts;
    const folder = `${config.symlinkRoot}/${config.subdirectory}`;
    const path = config.appendServiceCluster ? `${folder}/${serviceCluster}` : folder;
    try {
      return files.directoryExists(path) ? readDiskLayer(config.name, path, files) : 'absent';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.debug(`error loading runtime values for layer ${config.name} from disk: ${reason}`);
      return 'faulty';
    }
  }
}

function readOverrides(values: ReadonlyMap<string, string>): Map<string, RuntimeValue | undefined> | string {
  try {
    return new Map([...values].map(([key, text]) => [key, text === '' ? undefined : textValue(text, readYaml)]));
  } catch (error) {
    if (error instanceof RuntimeYamlError) return error.message;
    throw error;
  }
}

function createStats(root: Scope, deprecatedUses: number): RuntimeStats {
  const scope = root.scope('runtime');
  const uses = scope.counter('deprecated_feature_use');
  const seen = scope.gauge('deprecated_feature_seen_since_process_start', 'never_import');
  // Only what has been touched counts as used.
  if (deprecatedUses > 0) {
    uses.add(deprecatedUses);
    seen.set(deprecatedUses);
  }
  return {
    adminOverridesActive: scope.gauge('admin_overrides_active', 'never_import'),
    loadError: scope.counter('load_error'),
    loadSuccess: scope.counter('load_success'),
    numKeys: scope.gauge('num_keys', 'never_import'),
    numLayers: scope.gauge('num_layers', 'never_import'),
    overrideDirExists: scope.counter('override_dir_exists'),
    overrideDirNotExists: scope.counter('override_dir_not_exists'),
  };
}
