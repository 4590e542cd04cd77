import type { WriteStream } from 'node:tty'

/** Ways to say something on one of the process's streams. */
export interface Output {
  readonly isTerminal: boolean
  /** Of a terminal; 80 elsewhere. */
  readonly columns: number
  /** Writes; resolves when the stream wants more. */
  write(data: string | Uint8Array): Promise<void>
  line(text: string): Promise<void>
  json(value: unknown): Promise<void>
  readonly paint: Paint
}

/** Colours on a terminal, plain text elsewhere (https://no-color.org). */
export interface Paint {
  dim(text: string): string
  bold(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Wraps a stream. A reader that leaves (`| head`) ends the process quietly. */
export function outputOn(
  stream: NodeJS.WriteStream | WriteStream,
  environment: NodeJS.ProcessEnv = process.env,
): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
  })
  const isTerminal = stream.isTTY === true
  const write = (data: string | Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      if (stream.write(data)) resolve()
      else stream.once('drain', resolve)
    })
  return {
    isTerminal,
    get columns() {
      return stream.columns ?? 80
    },
    write,
    line: (text) => write(`${text}\n`),
    json: (value) => write(`${JSON.stringify(value)}\n`),
    paint: paintOf(isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'),
  }
}

function paintOf(isColoured: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    isColoured ? `\u001B[${open}m${text}\u001B[${close}m` : text
  return {
    dim: style(2, 22),
    bold: style(1, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  }
}
