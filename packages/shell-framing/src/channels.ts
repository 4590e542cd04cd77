/** The channel byte that begins every message (shell §1). */
export const CHANNEL_BYTES = {
  /** → shell, raw bytes. */
  stdin: 0x00,
  /** ← raw bytes. */
  stdout: 0x01,
  /** ← UTF-8 diagnostics, or the program's own error output where there is no terminal. */
  stderr: 0x02,
  /** ← JSON `metav1.Status`. */
  status: 0x03,
  /** → JSON size of the terminal. */
  resize: 0x04,
  /** Both ways, empty. */
  heartbeat: 0x05,
  /** Both ways, positions of the resume extension (shell §5). */
  ack: 0xf0,
  /** Both ways, JSON control messages of the resume extension (shell §5). */
  ctrl: 0xf1,
  /** ← bytes that paint what the terminal shows, and do nothing else (resume extension, shell §5). */
  screen: 0xf2,
  /** Both ways. Empty: the end of the shell. `[255, stream]`: half-close of that stream. */
  close: 0xff,
} as const

/** A channel that the protocol names. */
export type KnownChannel = keyof typeof CHANNEL_BYTES
/** A channel's name; `unknown` for a byte that the protocol does not name. */
export type ChannelName = KnownChannel | 'unknown'

const NAMES: ReadonlyMap<number, KnownChannel> = new Map([
  [0x00, 'stdin'],
  [0x01, 'stdout'],
  [0x02, 'stderr'],
  [0x03, 'status'],
  [0x04, 'resize'],
  [0x05, 'heartbeat'],
  [0xf0, 'ack'],
  [0xf1, 'ctrl'],
  [0xf2, 'screen'],
  [0xff, 'close'],
])

/** The name of a channel byte. */
export function channelName(byte: number): ChannelName {
  return NAMES.get(byte) ?? 'unknown'
}
