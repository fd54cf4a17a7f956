import type {
  LayeredRuntime,
  Runtime as RuntimeConfig,
} from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Random } from '../../../sdk/event.ts';
import type { Runtime, RuntimeSnapshot } from '../../../sdk/extension.ts';
import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalSlot } from '../../../sdk/thread-local.ts';
import { flattenLayer, type RuntimeLayer, type RuntimeValue } from '../../common/runtime/runtime-entry.ts';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';

/** A checked layer of the configuration; the admin layer's values come while running. */
export type LayerConfig =
  | { readonly kind: 'static'; readonly layer: RuntimeLayer }
  | { readonly kind: 'admin'; readonly name: string };

export type { RuntimeConfig };

/** Checks `layered_runtime`; layers that Nuncio has not got are refused by name. */
export function parseLayeredRuntime(config: LayeredRuntime | undefined, ctx: ConfigContext): LayerConfig[] {
  const layers: LayerConfig[] = [];
  const names = new Set<string>();
  for (const [i, { name, layerSpecifier }] of (config?.layers ?? []).entries()) {
    const place = ctx.child('layers', i);
    if (names.has(name)) place.error(`Duplicate layer name: ${name}`);
    names.add(name);
    if (layerSpecifier.case === 'staticLayer') {
      const faults: string[] = [];
      layers.push({ kind: 'static', layer: { name, values: flattenLayer(layerSpecifier.value, faults) } });
      for (const fault of faults) place.child('static_layer').error(fault);
    } else if (layerSpecifier.case === 'adminLayer') {
      if (layers.some(({ kind }) => kind === 'admin'))
        place.error('Too many admin layers specified in LayeredRuntime, at most one may be specified');
      layers.push({ kind: 'admin', name });
    } else {
      place.error(`runtime layer ${layerSpecifier.case ?? 'without a specifier'} is not supported yet`);
    }
  }
  return layers;
}

interface RuntimeStats {
  readonly adminOverridesActive: Gauge;
  readonly loadSuccess: Counter;
  readonly numKeys: Gauge;
  readonly numLayers: Gauge;
  readonly overrideDirNotExists: Counter;
}

/** Main's runtime: the layers, what /runtime_modify put on top, and the snapshot that every thread reads. */
export class RuntimeLoader implements Runtime {
  readonly #layers: readonly LayerConfig[];
  readonly #overrides = new Map<string, string>();
  readonly #slot: ThreadLocalSlot<readonly RuntimeLayer[]>;
  readonly #random: Random;
  readonly #stats: RuntimeStats;
  #snapshot: LayeredRuntimeSnapshot;

  constructor(
    layers: readonly LayerConfig[],
    slot: ThreadLocalSlot<readonly RuntimeLayer[]>,
    random: Random,
    scope: Scope,
  ) {
    this.#layers = layers;
    this.#slot = slot;
    this.#random = random;
    this.#stats = createStats(scope);
    this.#snapshot = new LayeredRuntimeSnapshot([], random);
    this.#load();
  }

  get snapshot(): RuntimeSnapshot {
    return this.#snapshot;
  }

  get hasAdminLayer(): boolean {
    return this.#layers.some(({ kind }) => kind === 'admin');
  }

  /** Bottom layer first. */
  get layers(): readonly RuntimeLayer[] {
    return this.#layers.map((layer) =>
      layer.kind === 'static' ? layer.layer : { name: layer.name, values: this.#overrides },
    );
  }

  /** The runtime's own discovery has ended (there is none yet): the layers are loaded once more, as Envoy counts it. */
  onRtdsReady(): void {
    this.#load();
  }

  /** Sets (or with an empty text removes) overrides; false when no admin layer is configured. */
  mergeValues(values: ReadonlyMap<string, string>): boolean {
    if (!this.hasAdminLayer) return false;
    for (const [key, value] of values) {
      if (value === '') this.#overrides.delete(key);
      else this.#overrides.set(key, value);
    }
    this.#load();
    return true;
  }

  #load(): void {
    const layers = this.layers.map(({ name, values }) => ({ name, values: new Map<string, RuntimeValue>(values) }));
    this.#snapshot = new LayeredRuntimeSnapshot(layers, this.#random);
    this.#slot.set('', layers);
    this.#stats.loadSuccess.inc();
    this.#stats.overrideDirNotExists.inc();
    this.#stats.adminOverridesActive.set(this.#overrides.size > 0 ? 1 : 0);
    this.#stats.numKeys.set(this.#snapshot.size);
    this.#stats.numLayers.set(layers.length);
  }
}

function createStats(root: Scope): RuntimeStats {
  const scope = root.scope('runtime');
  for (const name of ['deprecated_feature_use', 'load_error', 'override_dir_exists']) scope.counter(name);
  scope.gauge('deprecated_feature_seen_since_process_start', 'never_import');
  return {
    adminOverridesActive: scope.gauge('admin_overrides_active', 'never_import'),
    loadSuccess: scope.counter('load_success'),
    numKeys: scope.gauge('num_keys', 'never_import'),
    numLayers: scope.gauge('num_layers', 'never_import'),
    overrideDirNotExists: scope.counter('override_dir_not_exists'),
  };
}
