import { nodePty, type PtyBackend } from '../../src/index.ts'

/** Real terminals, of which everything that their programs print is known, whoever is attached. */
export interface TappedTerminals {
  readonly backend: PtyBackend
  readonly length: number
  bytes(): Uint8Array
}

/** Terminals of node-pty with an ear. */
export function tappedTerminals(): TappedTerminals {
  const real = nodePty()
  const pieces: Uint8Array[] = []
  let length = 0
  return {
    backend: {
      name: 'tapped',
      spawn: (spawn, events) =>
        real.spawn(spawn, {
          ...events,
          output: (chunk) => {
            pieces.push(Uint8Array.from(chunk))
            length += chunk.length
            events.output(chunk)
          },
          exit: (exit) => events.exit(exit),
        }),
    },
    get length() {
      return length
    },
    bytes: () => Buffer.concat(pieces),
  }
}
