import {
  type ChaosProxy,
  FAULT_KINDS,
  type FaultEvent,
  type FaultKind,
  seededSchedule,
  type TimedFault,
} from '@holdfast/chaos-proxy'
import { seededRandom } from '@holdfast/testkit'

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[]

/**
 * Every kind of fault so many times, shuffled and dealt to so many proxies over a span: each proxy has its own, one after
 * the other, and is well in between.
 */
export function dealtFaults(options: {
  readonly seed: number
  readonly ofEachKind: number
  readonly proxies: number
  readonly spanMs: number
}): readonly (readonly TimedFault[])[] {
  const { seed, ofEachKind, proxies, spanMs } = options
  const deck = shuffled(
    seed,
    KINDS.flatMap((kind) => Array<FaultKind>(ofEachKind).fill(kind)),
  )
  const everyMs = spanMs / Math.ceil(deck.length / proxies)
  return Array.from({ length: proxies }, (_, proxy) =>
    deck
      .filter((_kind, index) => index % proxies === proxy)
      .flatMap((kind, slot) =>
        seededSchedule({ seed: `${seed}/${proxy}/${slot}`, kinds: [kind], everyMs, count: 1 }).map(
          ({ atMs, fault }) => ({
            atMs: Math.round(atMs + slot * everyMs),
            fault,
          }),
        ),
      ),
  )
}

const AT_THE_DOOR: readonly FaultKind[] = ['refuse', 'accept-drop', 'handshake-drop']

/** A fault at the door means nothing to who is inside: they are put out as it begins. */
export function putOut(proxy: ChaosProxy, { phase, fault }: FaultEvent): void {
  if (phase === 'begins' && AT_THE_DOOR.includes(fault.kind)) proxy.cut()
}

function shuffled<Item>(seed: number, items: readonly Item[]): Item[] {
  const random = seededRandom(seed)
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
