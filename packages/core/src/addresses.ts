import { type Random, systemRandom, type Target } from '@holdfast/contract'
import { coreError } from './errors.ts'
import type { AttemptContext } from './support/attempt-context.ts'

/** How {@link addresses} goes through its list. */
export interface AddressesOptions {
  /** `random`: shuffled once, so that many clients spread. @defaultValue 'given' */
  readonly order?: 'given' | 'random' | undefined
  readonly random?: Random | undefined
}

/** Several addresses of one server. Fits `target` of a connection and `url` of every client. */
export interface Addresses<Address extends string | Target> {
  (context: Pick<AttemptContext, 'attempt'>): Address
  /** The list as it is tried, the one that is tried now first. */
  readonly list: readonly Address[]
  /**
   * Adds addresses that the server announced (`connect_urls` and its like): they are tried after the configured ones
   * and replace those announced before; 100 at most. Addresses less safe than the one in use (`ws:` beside `wss:`) are
   * left out, since credentials go there. Returns how many were added.
   */
  learn(announced: readonly Address[]): number
  /** The next dial goes to the next address: for a server that announces that it is leaving. */
  skip(): void
}

/** What a server may add. */
const MAX_ADDRESSES = 100

/**
 * Several addresses as one target: `target: addresses(['wss://a.example', 'wss://b.example'])`. The first dial of an
 * outage goes to the address that worked last, each further one to the next. One list belongs to one client.
 * @throws `connection/invalid_option` for an empty list
 */
export function addresses(given: readonly string[], options?: AddressesOptions): Addresses<string>
export function addresses(given: readonly (string | Target)[], options?: AddressesOptions): Addresses<string | Target>
export function addresses(
  given: readonly (string | Target)[],
  options: AddressesOptions = {},
): Addresses<string | Target> {
  if (!Array.isArray(given) || given.length === 0)
    throw coreError('connection/invalid_option', 'Option target: expected at least one address, got none', {
      details: { option: 'target' },
    })
  const { order = 'given', random = systemRandom } = options
  const own = order === 'random' ? shuffled(given, random) : [...given]
  const next = (context: Pick<AttemptContext, 'attempt'>): string | Target => {
    if (context.attempt > 1 || isSkipped) list = [...list.slice(1), ...list.slice(0, 1)]
    isSkipped = false
    return first()
  }
  let list: readonly (string | Target)[] = own
  let isSkipped = false
  const first = (): string | Target => {
    const [address = own[0]] = list
    if (address === undefined) throw coreError('connection/invalid_option', 'Option target: the list is empty')
    return address
  }
  const learn = (announced: readonly (string | Target)[]): number => {
    const current = first()
    const known = new Set(own.map(urlOf))
    const safe = announced.filter((one) => !known.has(urlOf(one)) && (isSafe(one) || !isSafe(current)))
    const taken = (order === 'random' ? shuffled(safe, random) : safe).slice(0, MAX_ADDRESSES)
    const all = [...own, ...taken]
    const at = all.findIndex((one) => urlOf(one) === urlOf(current))
    list = at < 0 ? [current, ...all] : [...all.slice(at), ...all.slice(0, at)]
    return taken.length
  }
  const skip = (): void => {
    isSkipped = true
  }
  return Object.defineProperty(Object.assign(next, { learn, skip, list: own }), 'list', { get: () => list })
}

function urlOf(address: string | Target): string {
  return typeof address === 'string' ? address : address.url
}

/** TLS, or this kind of address has none of it. */
function isSafe(address: string | Target): boolean {
  return /^(wss|https|tls):/i.test(urlOf(address))
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  const left = [...list]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1))
  return order
}
