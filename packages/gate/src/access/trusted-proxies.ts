import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, SocketAddress } from 'node:net'
import { HoldfastError } from '@holdfast/contract'

/** What trusted proxies report about the client behind them. */
export interface TrustedProxies {
  /**
   * The client's address: counted back from this server, the first one that does not belong to a trusted proxy.
   * `undefined` where no trusted proxy reported one: then use the peer's own.
   */
  addressOf(request: IncomingMessage): string | undefined
  /** The host that the browser requested, as a trusted peer reports it; `undefined` where none does. */
  hostOf(request: IncomingMessage): string | undefined
  /** The scheme that the browser used, as a trusted peer reports it; `undefined` where none does. */
  schemeOf(request: IncomingMessage): 'http' | 'https' | undefined
}

/** Proxies on the same machine. */
const LOOPBACK = ['127.0.0.0/8', '::1']

/**
 * Trusts `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` of requests from these peers; those of all
 * others are ignored, since anyone can send them. `peers` are addresses, networks (`10.0.0.0/8`, `fd00::/8`),
 * `loopback`, which includes Unix sockets, or `unix` for them alone. Behind several proxies name them all.
 * @throws HoldfastError `server/bad_peer` for anything else
 */
export function trustedProxies(peers: readonly string[]): TrustedProxies {
  const known = new BlockList()
  for (const peer of peers.flatMap((name) => (name === 'loopback' ? LOOPBACK : name))) {
    if (peer !== 'unix') add(known, peer)
  }
  const trustsSockets = peers.includes('loopback') || peers.includes('unix')
  const isKnown = (address: string): boolean => {
    const bare = address.replace(/%.*$/, '')
    return known.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4')
  }
  const trusts = ({ socket }: IncomingMessage): boolean => {
    // The peer of a Unix socket has no address.
    if (socket.remoteAddress === undefined) return trustsSockets && !socket.destroyed
    return isKnown(socket.remoteAddress)
  }
  return {
    addressOf(request) {
      let client: string | undefined
      if (!trusts(request)) return client
      for (const hop of partsOf(request, 'x-forwarded-for').reverse()) {
        const address = addressIn(hop)
        if (address === undefined) break
        client = address
        if (!isKnown(address)) break
      }
      return client
    },
    // The last one is the peer's own word, where others stand before it.
    hostOf: (request) => (trusts(request) ? partsOf(request, 'x-forwarded-host').at(-1) : undefined),
    schemeOf(request) {
      const scheme = trusts(request) ? partsOf(request, 'x-forwarded-proto').at(-1)?.toLowerCase() : undefined
      return scheme === 'http' || scheme === 'https' ? scheme : undefined
    },
  }
}

function add(known: BlockList, peer: string): void {
  const [address = '', length, ...more] = peer.split('/')
  const family = isIP(address)
  const bits = length === undefined ? undefined : Number(length)
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(length ?? '') && bits <= (family === 6 ? 128 : 32))
  if (family === 0 || address.includes('%') || more.length > 0 || !isNetwork) {
    const message = `Expected an address, a network such as 10.0.0.0/8, loopback or unix, got ${JSON.stringify(peer.slice(0, 100))}.`
    throw new HoldfastError('server/bad_peer', message)
  }
  const name = family === 6 ? 'ipv6' : 'ipv4'
  if (bits === undefined) known.addAddress(address, name)
  else known.addSubnet(address, bits, name)
}

function partsOf({ headers }: IncomingMessage, name: string): string[] {
  const value = headers[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** An address as proxies write it: bare, in brackets, with a port; undefined for `unknown` and names that hide one. */
function addressIn(hop: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
  const family = isIP(bare)
  if (family === 0 || bare.includes('%')) return undefined
  // One spelling for each address.
  return family === 4 ? bare : new SocketAddress({ address: bare, family: 'ipv6' }).address
}
