import type { HubOptions } from '@holdfast/hub'

/** One line of the page. */
export interface Line {
  readonly key: number
  readonly text: string
}

type Message = Parameters<NonNullable<HubOptions['onMessage']>>[0]

/** The lines behind one more message: those of events with a text are shown. */
export function withMessage(lines: readonly Line[], message: Message): readonly Line[] {
  if (message.type !== 'broadcast') return lines
  const { text } = Object(message['data'])
  return typeof text === 'string' ? [...lines, { key: lines.length, text }] : lines
}
