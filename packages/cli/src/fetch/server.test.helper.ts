import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

export interface TestServer {
  readonly url: string;
  readonly requests: { readonly range?: string; readonly ifRange?: string }[];
}

/** A server on the loopback address that answers as it is told; `count` numbers its requests from 0. */
export async function serving(t: ExecutionContext, handler: Handler): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
    });
    handler(request, response, requests.length - 1);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`, requests };
}

interface FileOptions {
  readonly etag?: string;
  /** Bytes after which the connection is cut. */
  readonly cutAfter?: number;
  readonly ignoresRange?: boolean;
}

/** Answers with a file, as a good server does: Range and If-Range. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  { etag, cutAfter, ignoresRange }: FileOptions = {},
): void {
  const match = ignoresRange ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const ifRange = request.headers['if-range'];
  const from = match && (ifRange === undefined || ifRange === etag) ? Number(match[1]) : 0;
  const body = bytes.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': body.length,
    ...(etag ? { etag } : {}),
    ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  if (cutAfter === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
}
