import { type Agent, type Dispatcher, EnvHttpProxyAgent, interceptors } from 'undici';
import { kdxError } from '../errors.js';

/** Hops of one request. */
export const REDIRECTS = 10;

/**
 * Requests go through the proxy of `https_proxy`, `http_proxy` and `no_proxy`, and follow redirects.
 * @throws KdxError `KDX_FETCH_PROXY`
 */
export const fetchDispatcher = (): Dispatcher => {
  // What hangs is told by the transfer itself, in one way for connecting, waiting and reading.
  const options: Agent.Options = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } };
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: proxyOf('http_proxy'),
    httpsProxy: proxyOf('https_proxy'),
  }).compose(interceptors.redirect({ maxRedirections: REDIRECTS }));
};

/** The address that a variable has, in small letters or capitals; empty for none. */
function proxyOf(small: string): string {
  const name = [small, small.toUpperCase()].find((each) => process.env[each] !== undefined);
  const value = (name && process.env[name]?.trim()) || '';
  if (value === '') return '';
  // host:port alone is a proxy, as for curl, wget and pip.
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (isProxy(address)) return address;
  // A password has no place in a log.
  const shown = value.replace(/^(\w[\w+.-]*:\/\/)?.*@/, '$1…@');
  throw kdxError(
    'KDX_FETCH_PROXY',
    `${name} is "${shown}", which is no address of a proxy; give it as host:port or http://host:port, or unset it.`,
  );
}

function isProxy(address: string): boolean {
  try {
    const { protocol, hostname, username, password } = new URL(address);
    decodeURIComponent(username + password);
    return ['http:', 'https:', 'socks5:', 'socks:'].includes(protocol) && hostname !== '';
  } catch {
    return false;
  }
}
