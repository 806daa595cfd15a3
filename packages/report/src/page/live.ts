import type { PageUpdate } from './page-data';

interface LiveOptions {
  /** Version of the data that the page came with. */
  readonly version: number;
  readonly onUpdate: (update: PageUpdate) => void;
  readonly onStatus: (status: 'live' | 'lost') => void;
}

/** Listens to the server that the page is from; after a break the browser asks for all since the last it has seen. */
export function listen({ version, onUpdate, onStatus }: LiveOptions): void {
  const source = new EventSource(`events?since=${version}`);
  source.addEventListener('open', () => onStatus('live'));
  source.addEventListener('error', () => onStatus('lost'));
  source.addEventListener('message', ({ data }: MessageEvent<string>) =>
    onUpdate(JSON.parse(data) as PageUpdate),
  );
}
