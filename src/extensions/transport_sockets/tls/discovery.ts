import {
  ConfigContext,
  ConfigErrorCollector,
  type DiscoveredSecret,
  type SecretKind,
  type SecretLookup,
  type SecretSubscription,
} from '../../../../sdk/config.ts';
import type { TlsOptions } from '../../../network/tls/tls-options.ts';
import type { TriedOptions } from './world.ts';

/** A configuration that changes with its secrets. */
export interface Discovery<Options extends TlsOptions> {
  /** Of the secrets that it waits for and follows. */
  readonly keys: readonly string[];
  /** With secrets as they are now; undefined while one has not come. */
  current(): Read<Options> | undefined;
  onChange(callback: () => void): Disposable;
}

type Read<Options extends TlsOptions> = Omit<TriedOptions<Options>, 'discovery'>;
type Reader<Options extends TlsOptions> = (ctx: ConfigContext, isPending: () => boolean) => Read<Options>;

/** Notes which discovered secrets a configuration asks for while it is read. */
class NotingSecrets implements SecretLookup {
  readonly keys = new Set<string>();
  pending = false;
  readonly #secrets: SecretLookup;
  readonly #check: SecretSubscription['check'];

  constructor(secrets: SecretLookup, check: SecretSubscription['check']) {
    this.#secrets = secrets;
    this.#check = check;
  }

  staticSecret(kind: SecretKind, name: string) {
    return this.#secrets.staticSecret(kind, name);
  }

  discover(subscription: SecretSubscription, ctx: ConfigContext): DiscoveredSecret | undefined {
    const discovered = this.#secrets.discover?.({ ...subscription, check: this.#check }, ctx);
    if (discovered === undefined) return undefined;
    this.keys.add(discovered.key);
    if (discovered.value === undefined) this.pending = true;
    return discovered;
  }
}

const nothingToCheck = (): undefined => undefined;

/** Reads a configuration, and is ready to read it again whenever a secret has changed. */
export function withDiscovery<Options extends TlsOptions>(
  ctx: ConfigContext,
  read: Reader<Options>,
): TriedOptions<Options> {
  const secrets = ctx.resources?.secrets;
  if (secrets === undefined)
    return freeze(
      read(ctx, () => false),
      undefined,
    );
  const readWith = (at: ConfigContext, check: SecretSubscription['check']) => {
    const noting = new NotingSecrets(secrets, check);
    const options = read(at.withResources({ secrets: noting }), () => noting.pending);
    return { options, noting };
  };
  const again = () => {
    const collector = new ConfigErrorCollector();
    const at = new ConfigContext(collector, ctx.path, undefined, ctx.extensions, ctx.resources);
    const { options, noting } = readWith(at, nothingToCheck);
    return { options, isPending: noting.pending, problem: collector.problems[0]?.message };
  };
  const first = readWith(ctx, () => again().problem);
  const keys = [...first.noting.keys];
  if (keys.length === 0) return freeze(first.options, undefined);
  return freeze(first.options, {
    keys,
    current() {
      const { options, isPending, problem } = again();
      return isPending || problem !== undefined ? undefined : options;
    },
    onChange(callback) {
      const stack = new DisposableStack();
      for (const key of keys) {
        const watch = secrets.onChange?.(key, callback);
        if (watch !== undefined) stack.use(watch);
      }
      return stack;
    },
  });
}

function freeze<Options extends TlsOptions>(
  options: Read<Options>,
  discovery: Discovery<Options> | undefined,
): TriedOptions<Options> {
  return Object.freeze({ ...options, discovery }) as TriedOptions<Options>;
}
