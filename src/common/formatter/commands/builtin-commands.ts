import type { CommandTable } from '../command-syntax.ts';
import { allAddressCommands } from './address-commands.ts';
import { celCommands } from './cel-commands.ts';
import { coalesceCommand } from './coalesce-command.ts';
import { durationCommands } from './duration-commands.ts';
import { filterStateCommands } from './filter-state-commands.ts';
import { headerCommands } from './header-commands.ts';
import { httpCommands } from './http-commands.ts';
import { metadataCommands } from './metadata-commands.ts';
import { pathCommands } from './path-commands.ts';
import { streamCommands } from './stream-commands.ts';
import { timeCommands } from './time-commands.ts';
import { tlsCommands } from './tls-commands.ts';
import { upstreamCommands } from './upstream-commands.ts';
import { xfccCommand } from './xfcc-command.ts';

/** Every command of Envoy 1.40 (docs: configuration/advanced/substitution_formatter). */
export const builtinCommands: CommandTable = new Map([
  ...headerCommands,
  ...pathCommands,
  ...httpCommands,
  ...streamCommands,
  ...timeCommands,
  ...durationCommands,
  ...allAddressCommands,
  ...upstreamCommands,
  ...tlsCommands,
  ...metadataCommands,
  ...filterStateCommands,
  ...celCommands(),
  ['XFCC_VALUE', xfccCommand],
  ['COALESCE', coalesceCommand(() => builtinCommands)],
]);
