import type { SinkStat, StatTag } from '../../../../sdk/stats-sink.ts';
import type { TaggedName, TagProducer } from '../tags.ts';

/** A statistic's name, whose tags are worked out when a sink asks for them. */
export class NamedStat implements SinkStat {
  readonly name: string;
  readonly #tags: TagProducer;
  #tagged: TaggedName | undefined = undefined;

  constructor(name: string, tags: TagProducer) {
    this.name = name;
    this.#tags = tags;
  }

  get extractedName(): string {
    return this.#produce().extractedName;
  }

  get tags(): readonly StatTag[] {
    return this.#produce().tags;
  }

  #produce(): TaggedName {
    this.#tagged ??= this.#tags.produce(this.name);
    return this.#tagged;
  }
}
