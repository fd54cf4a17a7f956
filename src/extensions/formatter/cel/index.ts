import type { Cel } from '../../../../api/generated/envoy/extensions/formatter/cel/v3/cel_pb.d.ts';
import { type CelFeatures, noFeatures } from '../../../common/cel/expression.ts';
import { celCommands } from '../../../common/formatter/commands/cel-commands.ts';
import type { FormatterExtension } from '../../../common/formatter/formatter-extension.ts';

/** `%CEL(…)%` and `%TYPED_CEL(…)%` (envoy.extensions.formatter.cel.v3.Cel): built in by now, but for the features that this allows. */
export const celFormatter: FormatterExtension<CelFeatures> = {
  category: 'envoy.formatter',
  name: 'envoy.formatter.cel',
  configTypes: ['envoy.extensions.formatter.cel.v3.Cel'],
  parseConfig: (message) => (message as Cel).celConfig ?? noFeatures,
  createCommands: (features) => new Map(celCommands(features)),
};
