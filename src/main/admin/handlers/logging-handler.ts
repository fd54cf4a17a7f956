/** `/logging` (source/server/admin/logs_handler.cc). */
import { type LogLevel, logLevels } from '../../../common/logging/levels.ts';
import type { AdminContext, AdminLogging } from '../admin-context.ts';
import { type AdminHandler, type AdminResponse, textReply } from '../admin-handler.ts';
import type { QueryParams } from '../query-params.ts';

const USAGE = `usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
usage: /logging?group=<group_name>:<level> (change group of loggers)
levels: ${logLevels.join(' ')} \n`;

function handle(query: QueryParams, context: AdminContext): AdminResponse {
  const problem = change(query, context.logging);
  const list = listLevels(context.logging);
  return problem === undefined ? textReply(list) : textReply(`error: ${problem}\n\n${USAGE}${list}`, 400);
}

function listLevels(logging: AdminLogging): string {
  let text = 'active loggers:\n';
  for (const [name, level] of logging.levels()) text += `  ${name}: ${level}\n`;
  return `${text}\n`;
}

/** Does what is asked for; otherwise says what is wrong with it. */
function change(query: QueryParams, logging: AdminLogging): string | undefined {
  // A form sends its empty fields too: they ask for nothing.
  const given = [...query.entries()].filter(([, value]) => value !== '');
  if (given.length > 1) return 'invalid number of parameters';
  for (const [name, value] of given) {
    if (name === 'paths') return changeSeveral(value, logging);
    if (name === 'group') return 'group parameter requires fine-grain logging to be enabled';
    const level = exactLevel(value);
    if (level === undefined) return 'unknown logger level';
    if (name === 'level') logging.setAllLevels(level);
    else if (!logging.setLevel(name, level)) return 'unknown logger name';
  }
  return undefined;
}

/** All or none: nothing is changed when one of them is wrong. */
function changeSeveral(paths: string, logging: AdminLogging): string | undefined {
  const known = logging.levels();
  const wanted: [string, LogLevel][] = [];
  for (const pair of paths.split(',').filter((text) => text !== '')) {
    const colon = pair.indexOf(':');
    if (colon <= 0 || colon === pair.length - 1) return 'empty logger name or empty logger level';
    const level = exactLevel(pair.slice(colon + 1));
    if (level === undefined) return 'unknown logger level';
    wanted.push([pair.slice(0, colon), level]);
  }
  if (wanted.some(([name]) => !known.has(name))) return 'unknown logger name';
  for (const [name, level] of wanted) logging.setLevel(name, level);
  return undefined;
}

/** Unlike the command line, this page does not take `warn` for `warning`. */
function exactLevel(text: string): LogLevel | undefined {
  return logLevels.find((level) => level === text);
}

export const loggingHandler: AdminHandler = {
  path: '/logging',
  help: 'query/change logging levels',
  mutates: true,
  params: [
    {
      name: 'paths',
      kind: 'text',
      help:
        'Change multiple logging levels by setting to <logger_name1>:<desired_level1>,<logger_name2>:<desired_level2>. ' +
        'If fine grain logging is enabled, use __FILE__ or a glob experision as the logger name. ' +
        'For example, source/common*:warning',
    },
    {
      name: 'group',
      kind: 'text',
      help:
        'Change given logger group to desired level, set to <logger_group_name>:<desired_level>. ' +
        'logger_group_name must be a logger name.',
    },
    {
      name: 'level',
      kind: 'choice',
      help: "desired logging level, this will change all loggers's level",
      choices: ['', ...logLevels],
    },
  ],
  handle,
};
