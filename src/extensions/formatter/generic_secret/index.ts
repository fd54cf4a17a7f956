import type { GenericSecret as FormatterConfig } from '../../../../api/generated/envoy/extensions/formatter/generic_secret/v3/generic_secret_pb.d.ts';
import type {
  GenericSecret,
  SdsSecretConfig,
} from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../../sdk/config.ts';
import { readDataSource } from '../../../common/config/data-source.ts';
import { fileOfSource } from '../../../common/config/file-source.ts';
import { type Command, withParams } from '../../../common/formatter/command-syntax.ts';
import type { FormatterExtension } from '../../../common/formatter/formatter-extension.ts';
import { BytesProvider } from '../../../common/formatter/provider.ts';

/** The secret as it is now, as a byte string; undefined while there is none, or an empty one. */
interface Current {
  value: string | undefined;
}
type Secrets = ReadonlyMap<string, Current>;

/** Undefined after a fault was gathered. */
function findSecret({ name, sdsConfig }: SdsSecretConfig, ctx: ConfigContext): Current | undefined {
  if (sdsConfig !== undefined) {
    const file = fileOfSource(sdsConfig, 'secrets', ctx.child('sds_config'));
    return file && discover(name, file, ctx);
  }
  const secret = ctx.resources?.secrets?.staticSecret('genericSecret', name) as GenericSecret | undefined;
  if (secret !== undefined) return { value: contentOf(secret, ctx) };
  ctx.error(`envoy.formatter.generic_secret: secret '${name}' not found in static bootstrap resources`);
  return undefined;
}

function discover(
  name: string,
  file: NonNullable<ReturnType<typeof fileOfSource>>,
  ctx: ConfigContext,
): Current | undefined {
  const secrets = ctx.resources?.secrets;
  const subscription = { kind: 'genericSecret' as const, name, ...file, check: () => undefined };
  const discovered = secrets?.discover?.(subscription, ctx);
  if (discovered === undefined) return undefined;
  const now = () => secrets?.discover?.(subscription, ctx)?.value as GenericSecret | undefined;
  const current: Current = { value: undefined };
  const take = (secret: GenericSecret | undefined) => {
    // What becomes of a bad one later is for those who offer it to say.
    const at = new ConfigContext(new ConfigErrorCollector(), ctx.path, undefined, ctx.extensions, ctx.resources);
    if (secret !== undefined) current.value = contentOf(secret, at);
  };
  take(discovered.value as GenericSecret | undefined);
  secrets?.onChange?.(discovered.key, () => take(now()));
  return current;
}

function contentOf({ secret }: GenericSecret, ctx: ConfigContext): string | undefined {
  const bytes = secret && readDataSource(secret, ctx);
  return bytes === undefined || bytes.length === 0 ? undefined : Buffer.from(bytes).toString('latin1');
}

function parse({ secretConfigs }: FormatterConfig, ctx: ConfigContext): Secrets {
  const found = new Map<string, Current>();
  for (const [name, config] of Object.entries(secretConfigs)) {
    const secret = findSecret(config, ctx.child('secret_configs', name));
    if (secret !== undefined) found.set(name, secret);
  }
  return found;
}

/** `%SECRET(name):Z%`, by the names of `secret_configs`. */
function secretCommand(secrets: Secrets): Command {
  return withParams('optional params', 'with length', ({ params, maxLength }, ctx) => {
    const secret = secrets.get(params);
    if (secret !== undefined) return new BytesProvider(() => secret.value, maxLength);
    ctx.error(`envoy.formatter.generic_secret: secret '${params}' is not configured in secret_configs`);
    return undefined;
  });
}

/** Generic secrets in formats (envoy.extensions.formatter.generic_secret.v3.GenericSecret). */
export const genericSecretFormatter: FormatterExtension<Secrets> = {
  category: 'envoy.formatter',
  name: 'envoy.formatter.generic_secret',
  configTypes: ['envoy.extensions.formatter.generic_secret.v3.GenericSecret'],
  parseConfig: (message, ctx) => parse(message as FormatterConfig, ctx),
  createCommands: (secrets) => new Map([['SECRET', secretCommand(secrets)]]),
};
