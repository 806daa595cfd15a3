import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '@kdx/tensor';
import { kdxError } from './errors.js';
import { pageHtml } from './page-html.js';
import type { Report } from './report.js';

export interface UiServerOptions {
  /** 0 for one that is free. */
  readonly port: number;
  /** Milliseconds between two looks at the folders, while a page is open. Default 1000. */
  readonly interval?: number;
  /** Told once of each failure to look at the folders. */
  readonly onProblem?: (message: string) => void;
}

export interface UiServer {
  readonly url: string;
  close(): Promise<void>;
}

const ADDRESS = '127.0.0.1';
/** Names under which a browser of this machine, or one behind `ssh -L`, may ask: with any other, a web page of someone
 * else has had its name point here (DNS rebinding). */
const HOSTS: ReadonlySet<string> = new Set([ADDRESS, 'localhost', '[::1]']);

const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/**
 * Serves the page of a report on this machine alone: `/` is the page, `/events?since=N` what is new as server-sent events.
 * No path of a request is ever one of a file.
 * @throws KdxError `KDX_UI_PORT` for a port that is taken or not allowed
 */
export async function serveReport(report: Report, options: UiServerOptions): Promise<UiServer> {
  const { port, interval = 1000, onProblem = () => {} } = options;
  const listeners = new Map<ServerResponse, number>();
  let problem = '';
  let refreshing: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    refreshing ??= report
      .refresh()
      .then(() => {
        problem = '';
      })
      .catch((error: unknown) => {
        // A folder may be gone for a moment; the page keeps what it has, and who sits at the terminal is told.
        if (messageOf(error) !== problem) onProblem(messageOf(error));
        problem = messageOf(error);
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  };
  const tell = (response: ServerResponse): void => {
    const update = report.updateSince(listeners.get(response) ?? 0);
    if (!update || response.writableNeedDrain) return;
    listeners.set(response, report.version);
    response.write(`id: ${report.version}\ndata: ${JSON.stringify(update)}\n\n`);
  };
  const timer = setInterval(async () => {
    if (listeners.size === 0) return;
    await refresh();
    for (const response of listeners.keys()) tell(response);
  }, interval);

  const page = async (response: ServerResponse): Promise<void> => {
    await refresh();
    const html = pageHtml(report.data(), { live: true, version: report.version });
    send(response, 200, html, { 'Content-Type': 'text/html; charset=utf-8' });
  };
  const events = (request: IncomingMessage, response: ServerResponse, url: URL): void => {
    // A browser that comes back after a break says the last it has seen.
    const seen = Number(request.headers['last-event-id'] ?? url.searchParams.get('since') ?? 0);
    // One from before this server began has seen nothing of it.
    const since = Number.isInteger(seen) && seen >= 0 && seen <= report.version ? seen : 0;
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
    // Who asks for the head alone is told no news, and would be listed for ever.
    if (request.method === 'HEAD') return void response.end();
    response.write('retry: 2000\n\n');
    listeners.set(response, since);
    response.on('close', () => listeners.delete(response));
    tell(response);
  };
  const server = createServer((request, response) => {
    const refusal = refused(request);
    if (refusal) return send(response, ...refusal);
    const url = new URL(request.url ?? '/', `http://${ADDRESS}`);
    if (url.pathname === '/events') return events(request, response, url);
    if (url.pathname !== '/') return send(response, 404, 'Only / is here.\n');
    page(response).catch((error: unknown) => {
      onProblem(messageOf(error));
      if (!response.headersSent) send(response, 500, `${messageOf(error)}\n`);
    });
  });
  try {
    await listen(server, port);
  } catch (error) {
    clearInterval(timer);
    throw error;
  }
  // What is printed is where it listens, whatever it was asked to.
  const { address, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${taken}/`,
    close: async () => {
      clearInterval(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Why a request is not answered, if it is not. */
function refused({ method, headers, url }: IncomingMessage): [status: number, text: string] | undefined {
  const [, host] = /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(headers.host ?? '') ?? [];
  if (!HOSTS.has((host ?? '').toLowerCase())) {
    return [421, 'kdx ui answers to 127.0.0.1 and localhost only.\n'];
  }
  if (method !== 'GET' && method !== 'HEAD') return [405, 'Only GET is answered.\n'];
  if (!URL.canParse(url ?? '/', `http://${ADDRESS}`)) return [400, 'That is no address.\n'];
  return undefined;
}

function send(response: ServerResponse, status: number, text: string, headers: object = {}): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  // Node leaves the text out of an answer to HEAD.
  response.end(text);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${cause.code ?? cause.message})`;
      reject(
        kdxError('KDX_UI_PORT', `Port ${port} of ${ADDRESS} ${why}; give another --port, or none.`, {
          cause,
        }),
      );
    });
    server.listen(port, ADDRESS, resolve);
  });
}
