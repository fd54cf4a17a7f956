import type { LogContext, ServerFactoryContext } from '../../../../sdk/extension.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { fromByteText } from '../../../common/formatter/byte-text.ts';
import type { Formatter } from '../../../common/formatter/formatter.ts';
import { taggedStatName } from '../../../common/stats/tagged-stat-name.ts';
import type { Tag } from '../../../common/stats/tags.ts';
import type { TagConfig } from './config.ts';
import { type TagRules, tagAction } from './tag-rules.ts';

interface LiveTag {
  readonly name: string;
  readonly formatter: Formatter;
  readonly rules: TagRules | undefined;
}

/** The name of a statistic, which each line's tags belong to. */
export class TaggedName {
  readonly name: string;
  readonly #tags: readonly LiveTag[];

  constructor(name: string, tags: readonly TagConfig[], context: ServerFactoryContext) {
    this.name = name;
    this.#tags = tags.map((tag) => ({ ...tag, rules: tag.rules?.(context) }));
  }

  /** Undefined where a rule drops the statistic. */
  of(context: LogContext, streamInfo: StreamInfo): string | undefined {
    if (this.#tags.length === 0) return taggedStatName(this.name, []);
    const tags: Tag[] = [];
    for (const { name, formatter, rules } of this.#tags) {
      const bytes = formatter.format(context, streamInfo);
      const value = fromByteText(bytes) ?? bytes;
      const action = tagAction(rules, value);
      if (action.kind === 'drop_stat') return undefined;
      if (action.kind !== 'drop_tag') tags.push({ name, value: action.kind === 'update' ? action.value : value });
    }
    return taggedStatName(this.name, tags);
  }
}
