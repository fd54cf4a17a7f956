/** `in-network.ts SUITE record|compare COMMAND [ARGUMENTS]`, in a network of its own: runs the suite there and prints what came of it. */

import type { Recording } from './answer.ts';
import { caseFiles } from './cases/index.ts';
import { loadRecording } from './recorded.ts';
import { compareSuite, recordSuite } from './run-suite.ts';
import { suitePorts } from './suite-ports.ts';
import { validateByCommand } from './validate.ts';

const [name = '', mode = '', command = '', ...args] = process.argv.slice(2);
const suite = caseFiles.find((file) => file.name === name);
if (suite?.kind !== 'traffic') throw new Error(`no suite named ${name}`);
const meant = { ...suite, args: [...(suite.args ?? []), ...args] };
const target = { command, ports: suitePorts(), validate: validateByCommand(command) };
const recording = mode === 'record' ? undefined : await loadRecording<Recording>(name);
const result =
  recording === undefined ? await recordSuite(meant, target) : await compareSuite(meant, target, recording);
process.stdout.write(JSON.stringify(result));
