import { posix } from 'node:path';
import type {
  LayeredRuntime,
  RuntimeLayer_DiskLayer,
} from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { flattenLayer, type RuntimeLayer } from '../../common/runtime/runtime-entry.ts';

/** A checked layer of the configuration; what is on disk and what the admin page sets come while running. */
export type LayerConfig =
  | { readonly kind: 'static'; readonly layer: RuntimeLayer }
  | { readonly kind: 'admin'; readonly name: string }
  | DiskLayerConfig;

export interface DiskLayerConfig {
  readonly kind: 'disk';
  readonly name: string;
  /** Replacing it by a move has the layer read again. */
  readonly symlinkRoot: string;
  readonly subdirectory: string;
  readonly appendServiceCluster: boolean;
}

const onlyOverrides: readonly LayerConfig[] = [{ kind: 'admin', name: '' }];

/** Checks `layered_runtime`; without layers there is one for the admin page. RTDS layers are refused by name. */
export function parseLayeredRuntime(config: LayeredRuntime | undefined, ctx: ConfigContext): readonly LayerConfig[] {
  if (config === undefined) return [];
  const layers: LayerConfig[] = [];
  const names = new Set<string>();
  for (const [i, { name, layerSpecifier }] of config.layers.entries()) {
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
    } else if (layerSpecifier.case === 'diskLayer') {
      layers.push(parseDiskLayer(name, layerSpecifier.value, place.child('disk_layer')));
    } else {
      place.error(`runtime layer ${layerSpecifier.case ?? 'without a specifier'} is not supported yet`);
    }
  }
  return layers.length === 0 ? onlyOverrides : layers;
}

function parseDiskLayer(name: string, config: RuntimeLayer_DiskLayer, ctx: ConfigContext): DiskLayerConfig {
  const { symlinkRoot, subdirectory, appendServiceCluster } = config;
  // Envoy wants a folder to watch in the path itself.
  if (!symlinkRoot.includes('/')) ctx.child('symlink_root').error(`invalid file path ${symlinkRoot}`);
  else if (ctx.resources?.directoryExists?.(posix.dirname(symlinkRoot)) === false)
    ctx
      .child('symlink_root')
      .error(`unable to add filesystem watch for file ${symlinkRoot}: No such file or directory`);
  return { kind: 'disk', name, symlinkRoot, subdirectory, appendServiceCluster };
}
