import type { Extension } from '../../../sdk/extension.ts';
import type { SimulatedProxyOptions } from '../../../sdk/testing/simulated-proxy.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { builtinExtensions } from '../../extensions/builtin.ts';
import { ExtensionRegistry } from '../../extensions/registry.ts';
import { parseOptions } from '../options.ts';
import { loadTypes } from '../types.ts';
import { SimulatedProxyWorld } from './simulated-proxy.ts';

/** What simulated proxies of one test file share and is slow to load: the Envoy API. */
export class Simulation {
  readonly types: TypeRegistry = loadTypes();

  /** Up to LIVE. Rejects with the ConfigError of a configuration that is refused. */
  async start(options: SimulatedProxyOptions): Promise<SimulatedProxyWorld> {
    const world = this.create(options);
    await world.start();
    return world;
  }

  /** The world without its proxy running. Throws the ConfigError of a configuration that is refused. */
  create(options: SimulatedProxyOptions): SimulatedProxyWorld {
    const parsed = parseOptions([...flagsOf(options), ...(options.args ?? [])]);
    if ('notice' in parsed) throw new Error(`no proxy starts with --${parsed.notice}`);
    const extensions = new ExtensionRegistry([...builtinExtensions, ...(options.extensions ?? [])] as Extension[]);
    return new SimulatedProxyWorld(options, { options: parsed, types: this.types, extensions });
  }
}

function flagsOf({ config, concurrency = 1 }: SimulatedProxyOptions): string[] {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  return ['--config-yaml', text, '--concurrency', String(concurrency)];
}
