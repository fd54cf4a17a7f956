import type { SinkStat, StatTag } from '../../../../sdk/stats-sink.ts';
import type { TaggedName, TagProducer } from '../tags.ts';

/** A statistic's name, whose tags are worked out when a sink asks for them. */
export class NamedStat implements SinkStat {
  readonly name: string;
  readonly #tags: TagProducer;
  #tagged: TaggedName | undefined;

  /** @param own of a statistic that was given tags */
  constructor(name: string, tags: TagProducer, own?: TaggedName) {
    this.name = name;
    this.#tags = tags;
    this.#tagged = own;
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
