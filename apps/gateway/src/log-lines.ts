import type { Logger } from '@holdfast/core'
import type { LogFields } from '@holdfast/core/contract'

/** Where lines go. */
export type WriteLine = (line: string) => void

/** One line for each entry, of level info and above: text, or JSON. */
export function lineLogger(write: WriteLine, json: boolean): Logger {
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      const time = new Date().toISOString()
      write(json ? JSON.stringify({ time, level, message, ...fields }) : `${time} ${level} ${message}${textOf(fields)}`)
    }
  return { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') }
}

function textOf(fields: LogFields): string {
  return Object.entries(fields)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('')
}
