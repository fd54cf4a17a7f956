import type { Extension } from '../../../sdk/extension.ts';
import type { CommandTable } from './command-syntax.ts';

/** An extension of the category `envoy.formatter`: commands besides the built-in ones. */
export interface FormatterExtension<Config = unknown> extends Extension<'envoy.formatter', Config> {
  createCommands(config: Config): CommandTable;
}
