import type { Decoded } from '@holdfast/contract'
import { count, expected, literal, object, oneOf, optional, type Shape, type VariantShape, variants } from '../shape.ts'
import { type Control, parseControl, type UnknownControl } from './control.ts'
import { isLease } from './shell-id.ts'

/** Signals that a client may send to the foreground program. */
export const SHELL_SIGNALS = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGKILL',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTSTP',
  'SIGCONT',
] as const
export type ShellSignal = (typeof SHELL_SIGNALS)[number]

/** client → server on CTRL (shell §5). `hello` comes first and switches the extension on for this connection. */
export type ClientControl =
  /** `in`: where the client's held input begins. `instance`: as in the target of an attach. */
  | {
      readonly type: 'hello'
      readonly lease: string
      readonly in: number
      readonly instance?: string | undefined
    }
  /** Become the writer. */
  | { readonly type: 'takeover' }
  /** Leave at once; the shell lives on. */
  | { readonly type: 'detach' }
  /** To the program in the foreground, past everything that waits on STDIN. */
  | { readonly type: 'signal'; readonly name: ShellSignal }
  /** Attach again on this connection, from the beginning of the ring: a confirmation and the replay follow. */
  | { readonly type: 'snapshot' }

const lease: Shape<string> = (value) => (isLease(value) ? undefined : expected('lease', value))

const clientControl: VariantShape<ClientControl, UnknownControl> = variants<ClientControl, UnknownControl, 'type'>(
  'type',
  {
    hello: object<Control<ClientControl, 'hello'>>({
      type: literal('hello'),
      lease,
      in: count,
      instance: optional(lease),
    }),
    takeover: object<Control<ClientControl, 'takeover'>>({ type: literal('takeover') }),
    detach: object<Control<ClientControl, 'detach'>>({ type: literal('detach') }),
    signal: object<Control<ClientControl, 'signal'>>({ type: literal('signal'), name: oneOf(...SHELL_SIGNALS) }),
    snapshot: object<Control<ClientControl, 'snapshot'>>({ type: literal('snapshot') }),
  },
)

/** Reads what a client said on CTRL. Never throws. */
export function decodeClientControl(payload: Uint8Array): Decoded<ClientControl> {
  return parseControl(clientControl, payload)
}
