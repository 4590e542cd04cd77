import type { Direction } from './link.ts'

/** One fault with its numbers, as data: what a schedule is made of. */
export type Fault =
  /** RST to both ends of every link. */
  | { readonly kind: 'reset' }
  /** Half of the next chunk passes, then RST. */
  | { readonly kind: 'reset-mid-frame'; readonly direction: 'up' | 'down' }
  /** FIN to both ends of every link. */
  | { readonly kind: 'fin' }
  /** Nothing passes and neither end is notified, for `forMs`. */
  | { readonly kind: 'black-hole'; readonly direction: Direction; readonly forMs: number }
  /** Every byte comes `ms` later, for `forMs`. */
  | { readonly kind: 'delay'; readonly ms: number; readonly forMs: number }
  /** At most so many bytes a second each way, for `forMs`. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number; readonly forMs: number }
  /** New connections get ECONNREFUSED, for `forMs`. */
  | { readonly kind: 'refuse'; readonly forMs: number }
  /** New connections are accepted and closed at once, for `forMs`. */
  | { readonly kind: 'accept-drop'; readonly forMs: number }
  /** New connections are reset after the first bytes of the target's answer, for `forMs`. */
  | { readonly kind: 'handshake-drop'; readonly afterBytes: number; readonly forMs: number }

/** The name of a fault. */
export type FaultKind = Fault['kind']

/** Every fault, with one line of explanation. */
export const FAULT_KINDS: Readonly<Record<FaultKind, string>> = {
  reset: 'RST to both ends of every link',
  'reset-mid-frame': 'half of the next chunk passes, then RST',
  fin: 'FIN to both ends of every link',
  'black-hole': 'nothing passes and neither end notices (one way or both), then all of it arrives',
  delay: 'every byte arrives later',
  throttle: 'few bytes a second',
  refuse: 'new connections are refused',
  'accept-drop': 'new connections are accepted and closed at once',
  'handshake-drop': "new connections are reset inside the target's first answer",
}

/** True for the name of a fault. */
export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(FAULT_KINDS, name)
}
