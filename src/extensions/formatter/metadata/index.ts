import type { FormatterExtension } from '../../../common/formatter/formatter-extension.ts';

/** `%METADATA(…)%` (envoy.extensions.formatter.metadata.v3.Metadata): built in by now, so it adds nothing. */
export const metadataFormatter: FormatterExtension<undefined> = {
  category: 'envoy.formatter',
  name: 'envoy.formatter.metadata',
  configTypes: ['envoy.extensions.formatter.metadata.v3.Metadata'],
  parseConfig: () => undefined,
  createCommands: () => new Map(),
};
