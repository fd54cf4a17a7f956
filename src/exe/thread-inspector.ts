import type { Debugger } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Dispatcher } from '../../sdk/event.ts';
import type { ThreadInspector } from '../../sdk/watchdog.ts';
import { InspectorChannel } from './inspector-channel.ts';

/** Longest that a thread is waited for to begin a profile and to hand it over. */
const profileLimitMs = 5000;

/**
 * Looks into other threads by V8's inspector, which interrupts JavaScript wherever it is, in an endless loop too. For use
 * on a worker thread: only from there is there a way to main's inspector.
 */
export class SessionInspector implements ThreadInspector {
  readonly #dispatcher: Dispatcher;
  readonly #open = new Set<InspectorChannel>();
  #onIdle: (() => void) | undefined = undefined;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  backtrace(thread: string, limitMs: number, onDone: (calls: readonly string[] | undefined) => void): void {
    const files = new Map<string, string>();
    const channel = new InspectorChannel(thread, {
      onScript: ({ scriptId, url }) => void files.set(scriptId, url),
      onPaused: (calls) => {
        channel.post('Debugger.resume');
        finish(calls.map((call) => callText(call, files)));
      },
    });
    const finish = this.#begin(channel, 'Debugger.disable', limitMs, onDone);
    channel.post('Debugger.enable');
    channel.post('Debugger.pause');
  }

  profile(thread: string, durationMs: number, onDone: (profile: string | undefined) => void): void {
    const channel = new InspectorChannel(thread);
    const finish = this.#begin(channel, 'Profiler.disable', durationMs + profileLimitMs, onDone);
    channel.post('Profiler.enable');
    channel.post('Profiler.start', () => {
      const timer = this.#dispatcher.createTimer(() => {
        timer[Symbol.dispose]();
        channel.post('Profiler.stop', (result) => finish(profileText(result as Stopped)));
      });
      timer.enableTimer(durationMs);
    });
  }

  /** Calls when nothing is under way any more. */
  whenIdle(onIdle: () => void): void {
    this.#onIdle = onIdle;
    if (this.#open.size === 0) onIdle();
  }

  /**
   * Answers what is to be called with the result; the time limit is one as well, and the first counts. The channel stays
   * open until the thread has heard that it is not looked into any more, however late: one that is left alone with an
   * order to pause pauses for ever.
   */
  #begin<T>(
    channel: InspectorChannel,
    endMethod: string,
    limitMs: number,
    onDone: (result: T | undefined) => void,
  ): (result: T | undefined) => void {
    this.#open.add(channel);
    const limit = this.#dispatcher.createTimer(() => finish(undefined));
    limit.enableTimer(limitMs);
    let done = false;
    const finish = (result: T | undefined): void => {
      if (done) return;
      done = true;
      limit[Symbol.dispose]();
      channel.post(endMethod, () => this.#close(channel));
      onDone(result);
    };
    return finish;
  }

  #close(channel: InspectorChannel): void {
    channel[Symbol.dispose]();
    this.#open.delete(channel);
    if (this.#open.size === 0) this.#onIdle?.();
  }
}

/** `Profiler.stop`'s answer; without a profile when there was a fault. */
interface Stopped {
  readonly profile?: object;
}

function profileText(stopped: Stopped | undefined): string | undefined {
  return stopped?.profile === undefined ? undefined : JSON.stringify(stopped.profile);
}

/** `function [file:line:column]`, counted from 1. */
function callText({ functionName, location }: Debugger.CallFrame, files: ReadonlyMap<string, string>): string {
  const url = files.get(location.scriptId) ?? '';
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const name = functionName === '' ? '(anonymous)' : functionName;
  return `${name} [${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}]`;
}
