/** Finds the page of a request and answers what is no page (source/server/admin/admin.cc). */
import type { Logger } from '../../../sdk/extension.ts';
import type { AdminContext } from './admin-context.ts';
import {
  type AdminHandler,
  type AdminParam,
  type AdminRequest,
  type AdminResponse,
  HTML,
  textReply,
} from './admin-handler.ts';
import type { FormHandler } from './html/handler-form.ts';
import { homePage } from './html/home-page.ts';
import { QueryParams } from './query-params.ts';

const FORM_TYPE = 'application/x-www-form-urlencoded';

const HELP: FormHandler = { path: '/help', help: 'print out list of admin commands', mutates: false, params: [] };

export interface AdminRouterOptions {
  /** `admin.allow_paths`: whether the path (with its query) may be asked for. */
  readonly isPathAllowed?: (path: string) => boolean;
  /** Told of what is refused. */
  readonly logger?: Pick<Logger, 'info' | 'error'> | undefined;
}

export class AdminRouter {
  readonly #context: AdminContext;
  readonly #handlers = new Map<string, AdminHandler>();
  readonly #isPathAllowed: (path: string) => boolean;
  readonly #logger: AdminRouterOptions['logger'];

  constructor(context: AdminContext, handlers: readonly AdminHandler[], options: AdminRouterOptions = {}) {
    this.#context = context;
    this.#isPathAllowed = options.isPathAllowed ?? (() => true);
    this.#logger = options.logger;
    for (const handler of handlers) this.#handlers.set(handler.path, handler);
  }

  /** Adds a page (an extension's); false when the path is taken. */
  addHandler(handler: AdminHandler): boolean {
    if (this.#handlers.has(handler.path) || handler.path === '/' || handler.path === '/help') return false;
    this.#handlers.set(handler.path, handler);
    return true;
  }

  removeHandler(path: string): boolean {
    return this.#handlers.delete(path);
  }

  /** Sees to a whole request. */
  handle(request: AdminRequest): AdminResponse {
    if (!this.#isPathAllowed(request.path)) {
      this.#logger?.info(`Request to admin interface path ${request.path} is not allowed`);
      return textReply(`request to path ${request.path} not allowed`, 403);
    }
    const path = request.path.split('?', 1)[0] ?? '';
    if (path === '/' || path === '') return { status: 200, contentType: HTML, body: homePage(this.#sorted()) };
    if (path === '/help') return textReply(this.#help());
    const handler = this.#handlers.get(path);
    if (handler === undefined) return textReply(`invalid path. ${this.#help()}`, 404);
    if (handler.mutates && request.method !== 'POST') {
      this.#logger?.error(`admin path "${path}" mutates state, method=${request.method} rather than POST`);
      return textReply(`Method ${request.method} not allowed, POST required.`, 405);
    }
    const query = handler.ignoresForms === true ? QueryParams.ofPath(request.path) : queryOf(request);
    return handler.handle(query, this.#context, request);
  }

  #help(): string {
    const lines = ['admin commands are:', '  /: Admin home page'];
    for (const handler of this.#sorted()) {
      lines.push(`  ${handler.path}${handler.mutates ? ' (POST)' : ''}: ${handler.help}`);
      for (const param of handler.params) lines.push(`      ${paramHelp(param)}`);
    }
    return `${lines.join('\n')}\n`;
  }

  /** All pages but the home page, by path. */
  #sorted(): FormHandler[] {
    return [...this.#handlers.values(), HELP].sort(byPath);
  }
}

/** Query of the path; of a form that is posted, its fields. As in Envoy, its type is that alone, without parameters. */
function queryOf(request: AdminRequest): QueryParams {
  const query = QueryParams.ofPath(request.path);
  const isForm = request.method === 'POST' && request.contentType === FORM_TYPE;
  return isForm && query.size === 0 ? QueryParams.ofForm(request.body) : query;
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

function paramHelp(param: AdminParam): string {
  const choices = param.choices === undefined ? '' : `; One of (${param.choices.join(', ')})`;
  return `${param.name}: ${param.help}${choices}`;
}
